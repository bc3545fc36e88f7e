import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lean_study import LEAN_STUDY
from small_delivery import SmallDelivery

from evaluation.check_command import check_delivery
from evaluation.warehouse.connection import RunSettings

FILES = ["check.html", "check.json"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the command is given."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place where temporary folders are made; nothing may be left in it."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(folder: Path) -> dict:
    return json.loads((folder / "check.json").read_text(encoding="utf-8"))


def without(delivery: SmallDelivery, *files: str) -> SmallDelivery:
    for file in files:
        del delivery.lines[file], delivery.tables[file]
    return delivery


def test_the_facts_stand_alone_on_stdout_and_in_the_folder_and_no_rows_are_kept(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, temporary: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    before = names(folder)
    result = evaluation("check", folder, "--json")
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts == read(here / "check-small")
    assert names(here / "check-small") == FILES
    assert names(folder) == before
    # Six persons in each register, all of them in the link file.
    registers = facts["linkage"]["registers"]
    assert [(row["register"], row["n_persons"], row["n_linked"]) for row in registers] == [
        ("nav", 6, 6),
        ("npr", 6, 6),
        ("ssb", 6, 6),
    ]
    everybody = [row for row in facts["linkage"]["difference"] if row["sector"] == "ALL"]
    assert [(row["n_treated"], row["n_comparators"]) for row in everybody] == [(2, 4)]
    assert {row["status"] for row in facts["quality"]} <= {"pass", "not_applicable"}


def test_the_summary_ends_with_one_verdict_line(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.strip().splitlines()
    assert lines[-1] == (
        "verdict: Usable: nothing was found that stops a run or weakens its numbers."
    )
    assert [line for line in lines if line.startswith("verdict")] == lines[-1:]
    delivered = [line.split() for line in lines if line.startswith("npr_contact")]
    assert delivered == [["npr_contact", "1", "6", "6", "0"]]
    assert any("where persons live is unknown" in line for line in lines)
    assert not any("quarantine.parquet" in line for line in lines)


def test_the_summary_tells_where_rows_in_quarantine_can_be_seen(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.replace("contacts.csv", "20", "xx", row=1)
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    assert "evaluation run keeps those in quarantine" in result.stdout
    page = (next(Path.cwd().glob("check-*")) / "check.html").read_text(encoding="utf-8")
    assert "evaluation run keeps those in quarantine" in page


def test_no_pseudonym_and_no_value_is_written(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, evaluation
) -> None:
    small_delivery.lines["link.csv"].append("N0;CANARYV;CANARYS")
    small_delivery.replace("contacts.csv", ";20;", ";CANARY-20;", row=1)
    small_delivery.replace("contacts.csv", "2012-03-09;2", "CANARY-DATE;2", row=4)
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    assert result.exit_code == 3
    told = result.stdout + result.stderr
    for name in FILES:
        told += (here / "check-small" / name).read_text(encoding="utf-8")
    assert "CANARY" not in told
    for person in range(6):
        assert f"N{person}" not in told


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "exit_code", "word", "told"),
    [
        ("link.csv", "N1;", "N0;", 2, 3, "breaks_contract", "duplicate key"),
        ("contacts.csv", "2012-03-09;2", "2012-33-09;2", 4, 4, "fails_quality", "invalid date"),
        ("contacts.csv", "debitor", "betaler", 0, 3, "breaks_contract", "debitor_code"),
        ("link.csv", "N3", "01010750160", 4, 3, "breaks_contract", "national identity number"),
    ],
)
def test_a_bad_delivery_keeps_its_exit_code_and_gets_its_page(
    file: str,
    old: str,
    new: str,
    row: int,
    exit_code: int,
    word: str,
    told: str,
    small_delivery: SmallDelivery,
    tmp_path: Path,
    here: Path,
    temporary: Path,
    evaluation,
) -> None:
    small_delivery.replace(file, old, new, row=row)
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    assert result.exit_code == exit_code, result.stderr
    verdict = read(here / "check-small")["verdict"]
    assert (verdict["word"], verdict["exit_code"]) == (word, exit_code)
    assert told in result.stderr
    assert result.stderr.strip().splitlines()[-1] == f"error: {verdict['sentence']}"
    page = (here / "check-small" / "check.html").read_text(encoding="utf-8")
    assert told in page
    assert verdict["sentence"] in page
    assert new not in page.replace("N0;", "") or new == "betaler"


def test_quality_is_told_whole_when_the_contract_is_broken(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, evaluation
) -> None:
    small_delivery.replace("link.csv", "N1;", "N0;", row=2)
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--json")
    assert result.exit_code == 3
    facts = json.loads(result.stdout)
    assert len(facts["quality"]) > 10
    assert facts["quality"][0]["check_id"] == "check_link_is_one_to_one"
    repeated = {row["key_space"]: row["n_keys_repeated"] for row in facts["linkage"]["violations"]}
    assert repeated == {"npr": 1, "nav": 0, "ssb": 0}


@pytest.mark.parametrize(
    ("file", "table", "is_needed"),
    [
        ("education.csv", "education", False),
        ("link.csv", "link", True),
        ("persons.csv", "person", True),
        ("benefits.csv", "nav_benefit", True),
        ("contacts.csv", "npr_contact", True),
    ],
)
def test_a_delivery_without_a_table_is_checked_but_not_run(
    file: str,
    table: str,
    is_needed: bool,
    small_delivery: SmallDelivery,
    tmp_path: Path,
    here: Path,
    evaluation,
) -> None:
    folder = without(small_delivery, file).write(tmp_path / "d")
    result = evaluation("check", folder)
    assert result.exit_code == 0, result.stderr
    facts = read(here / "check-small")
    assert facts["verdict"]["word"] == ("incomplete" if is_needed else "usable")
    lost = {entry["subject"]: entry for entry in facts["lost"]}
    assert lost[table]["stops_run"] == is_needed
    assert lost[table]["text"] in result.stdout
    assert {row["status"] for row in facts["quality"]} <= {"pass", "not_applicable"}
    assert facts["linkage"]["is_judged"] == (table in {"education", "nav_benefit"})
    if is_needed:
        run = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", tmp_path / "out")
        assert run.exit_code == 3
        assert table in run.stderr
        assert lost[table]["text"] in run.stderr


def test_contacts_alone_are_checked(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, evaluation
) -> None:
    files = [file for file in small_delivery.lines if file != "contacts.csv"]
    result = evaluation("check", without(small_delivery, *files).write(tmp_path / "d"))
    assert result.exit_code == 0, result.stderr
    facts = read(here / "check-small")
    assert facts["linkage"]["registers"][1]["n_persons"] == 6
    assert facts["linkage"]["registers"][1]["n_unlinked"] is None


def test_months_are_checked_and_told(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, evaluation
) -> None:
    small_delivery.spec = small_delivery.spec.replace('"day"', '"month"')
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    assert result.exit_code == 0, result.stderr
    assert read(here / "check-small")["verdict"]["word"] == "incomplete"
    assert "days cannot be counted" in result.stdout


def test_a_folder_is_written_over_by_a_later_check_only(
    small_delivery: SmallDelivery, tmp_path: Path, here: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    out = tmp_path / "mine"
    assert evaluation("check", folder, "--out", out).exit_code == 0
    first = (out / "check.html").read_bytes()
    (out / "notes.txt").write_text("kept", encoding="utf-8")
    assert evaluation("check", folder, "--out", out).exit_code == 0
    assert (out / "check.html").read_bytes() == first
    assert names(out) == [*FILES, "notes.txt"]
    assert names(here) == []

    (out / "check.json").write_text("{}", encoding="utf-8")
    refused = evaluation("check", folder, "--out", out)
    assert refused.exit_code == 2
    assert "not from an earlier check" in refused.stderr
    assert (out / "check.json").read_text(encoding="utf-8") == "{}"


def test_a_delivery_is_never_written_to(
    small_delivery: SmallDelivery,
    tmp_path: Path,
    evaluation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    before = names(folder)
    for out in (folder, folder / "deep" / "check", tmp_path):
        refused = evaluation("check", folder, "--out", out)
        assert refused.exit_code == 2
        assert "never written to" in refused.stderr
    monkeypatch.chdir(folder)
    assert evaluation("check", folder).exit_code == 2
    assert names(folder) == before


def test_a_folder_that_is_no_delivery_gets_no_page(tmp_path: Path, here: Path, evaluation) -> None:
    result = evaluation("check", tmp_path / "nothing")
    assert result.exit_code == 3
    assert "cannot be read" in result.stderr
    assert names(here) == []


def test_no_mart_is_built_that_a_check_does_not_need(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    result = evaluation("check", small_delivery.write(tmp_path / "d"))
    steps = [line.split()[3] for line in result.stdout.splitlines() if line.startswith("[")]
    assert len(steps) > 20
    assert not [step for step in steps if step.startswith("core_")]
    assert all(step.startswith("mart_link") for step in steps if step.startswith("mart_"))


def test_the_temporary_folder_is_for_the_owner_only(
    small_delivery: SmallDelivery, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def look(*_arguments: object, **_options: object) -> None:
        seen.extend(path.stat().st_mode & 0o777 for path in temporary.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr("evaluation.check_command.run_until", look)
    with pytest.raises(KeyboardInterrupt):
        check_delivery(small_delivery.write(tmp_path / "d"), RunSettings(), as_json=True)
    assert seen == [0o700]
