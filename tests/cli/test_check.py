import json
import tempfile
from pathlib import Path

import pytest
from small_delivery import SmallDelivery

from evaluation.commands import check_delivery
from evaluation.warehouse.connection import RunSettings


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place where temporary folders are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_json_stands_alone_on_stdout_and_nothing_is_kept(
    small_delivery: SmallDelivery, tmp_path: Path, temporary: Path, evaluation
) -> None:
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--json")
    assert result.exit_code == 0, result.stderr
    tables = json.loads(result.stdout)
    assert set(tables) == {"quality", "linkage"}
    # Six persons in each register, all of them in the link file.
    assert [(row["register"], row["n_persons"], row["n_linked"]) for row in tables["linkage"]] == [
        ("nav", 6, 6),
        ("npr", 6, 6),
        ("ssb", 6, 6),
    ]
    # Its six contacts are on the first days of a month and reach over a weekend: odd, and told.
    told = {r["check_id"] for r in tables["quality"] if r["status"] in {"fail", "error"}}
    assert told == {
        "check_contacts_are_not_piled_on_the_first",
        "check_outpatient_contacts_are_on_workdays",
    }
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == sorted(
        ["delivery.toml", *small_delivery.lines]
    )


def test_a_refused_delivery_leaves_no_temporary_folder(
    small_delivery: SmallDelivery, tmp_path: Path, temporary: Path, evaluation
) -> None:
    small_delivery.replace("contacts.csv", "debitor", "betaler", row=0)
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--json")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "debitor_code" in result.stderr
    assert list(temporary.iterdir()) == []


def test_the_temporary_folder_is_for_the_owner_only(
    small_delivery: SmallDelivery, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def look(*_arguments: object, **_options: object) -> None:
        seen.extend(path.stat().st_mode & 0o777 for path in temporary.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr("evaluation.commands.run_until", look)
    with pytest.raises(KeyboardInterrupt):
        check_delivery(small_delivery.write(tmp_path / "d"), RunSettings(), as_json=True)
    assert seen == [0o700]
    assert list(temporary.iterdir()) == []
