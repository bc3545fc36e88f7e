"""The delivery as a whole: same bytes, refusals, nothing half-written."""

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest

from synthetic_data.generate import list_scenarios, write_delivery
from synthetic_data.streams import BLOCK_PERSONS

FEW = 1500


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_delivery(scenario="sintef", persons=FEW, seed=3, out=tmp_path / name)
    assert digest(tmp_path / "first") == digest(tmp_path / "second")


def test_another_seed_gives_another_delivery(tmp_path: Path) -> None:
    for seed in (3, 4):
        write_delivery(scenario="sintef", persons=FEW, seed=seed, out=tmp_path / str(seed))
    first, second = digest(tmp_path / "3"), digest(tmp_path / "4")
    fixed = {"npr/institusjon.csv"}
    same = {name for name in first if first[name] == second.get(name)}
    assert same == fixed


def test_progress_counts_to_its_end(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_delivery(
        scenario="sintef",
        persons=BLOCK_PERSONS + 1000,
        seed=1,
        out=tmp_path / "d",
        progress=lambda done, of: calls.append((done, of)),
        workers=1,
    )
    everybody = BLOCK_PERSONS + 1000
    assert calls == [(BLOCK_PERSONS, everybody), (everybody, everybody)]


def test_unknown_scenario_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'nothing' does not exist.*sintef"):
        write_delivery(scenario="nothing", persons=FEW, seed=1, out=tmp_path / "d")
    assert "sintef" in list_scenarios()


@pytest.mark.parametrize(("persons", "seed"), [(999, 1), (FEW, -1)])
def test_too_few_persons_or_a_negative_seed_is_refused(
    tmp_path: Path, persons: int, seed: int
) -> None:
    with pytest.raises(ValueError, match="must be"):
        write_delivery(scenario="sintef", persons=persons, seed=seed, out=tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="not empty"):
        write_delivery(scenario="sintef", persons=FEW, seed=1, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_delivery_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_delivery(scenario="sintef", persons=1000, seed=1, out=tmp_path / "d", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_every_file_entry_finds_a_file_and_every_file_an_entry(delivery: Path) -> None:
    content = tomllib.loads((delivery / "delivery.toml").read_text(encoding="utf-8"))
    assert content["delivery"]["kind"] == "synthetic"
    found = [path for entry in content["file"] for path in delivery.glob(entry["path"])]
    assert len(found) == len(set(found))
    assert set(found) == set(delivery.rglob("*.csv"))


def test_dirty_registers_are_the_raw_form_with_the_truth(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    write_delivery(scenario="dirty", persons=FEW, seed=3, out=folder)
    text = (folder / "delivery.toml").read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC registers, made from published aggregates only.")
    listed = {entry["path"] for entry in tomllib.loads(text)["file"]}
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert {name for name in there if not name.startswith("truth/")} == {*listed, "delivery.toml"}
    assert {path.suffix for path in folder.rglob("*")} >= {".sav", ".dta", ".gz", ".sas7bdat"}
    truth = {path.name for path in (folder / "truth").iterdir()}
    assert truth >= {"effects.parquet", "planted_quarantine.parquet", "parameters.toml"}


def test_too_many_dirty_registers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 50000"):
        write_delivery(scenario="dirty", persons=50_001, seed=3, out=tmp_path / "d")


def test_nobody_has_tertiary_education_before_19(delivery: Path) -> None:
    births = {}
    for line in (delivery / "ssb" / "faste_oppl.csv").read_text("latin-1").splitlines()[1:]:
        key, _, year, *_ = line.split(";")
        births[key] = int(year)
    for line in (delivery / "ssb" / "f_utd_demografi.csv").read_text("latin-1").splitlines()[1:]:
        key, year, code = line.split(";")
        assert code[0] not in "678" or int(year) - births[key] >= 19


def test_weekends_have_few_contacts(delivery: Path) -> None:
    lines = (delivery / "npr" / "som_2012.csv").read_text("latin-1").splitlines()[1:]
    days = [line.split(";")[1] for line in lines]
    known = [date.fromisoformat(day) for day in days if not day.endswith("02-30")]
    at_weekends = sum(day.weekday() >= 5 for day in known)
    assert 0 < at_weekends / len(known) < 0.05
