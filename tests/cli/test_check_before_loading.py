import json
from pathlib import Path

from small_delivery import SmallDelivery


def test_header_only_prints_what_each_column_is(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--header-only")
    assert result.exit_code == 0, result.stderr
    assert "main_icd10_code" in result.stdout
    assert "not delivered: residence; without it where persons live is unknown" in result.stdout
    assert "M545" not in result.stdout


def test_header_only_as_json_stands_alone_and_tells_all_problems(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    del small_delivery.tables["link.csv"]
    small_delivery.replace("contacts.csv", "debitor", "betaler", row=0)
    small_delivery.replace("persons.csv", "kjonn", "x", row=0)
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--header-only", "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert [file["missing"] for file in found["files"]] == [["debitor_code"], [], ["sex_code"], []]
    assert found["files"][1]["columns"][0] == {
        "name": "nav_lopenr",
        "type": "text",
        "canonical": "nav_id",
    }
    assert len(found["problems"]) == 2
    assert "link" in found["missing_tables"]
    errors = result.stderr.splitlines()
    assert [line.startswith("error: ") for line in errors] == [True] * 2
    assert any('columns = { name_in_file = "debitor_code" }.' in line for line in errors)


def test_header_only_takes_as_check_does_a_delivery_without_link_persons_and_benefits(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    for name, table in list(small_delivery.tables.items()):
        if table in ("link", "person", "education", "nav_benefit"):
            del small_delivery.tables[name]
    result = evaluation("check", small_delivery.write(tmp_path / "d"), "--header-only")
    assert result.exit_code == 0, result.stderr
    for table in ("link", "person", "education", "nav_benefit"):
        assert f"not delivered: {table}; without it" in result.stdout


def test_suggest_writes_a_delivery_toml_once(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    (folder / "delivery.toml").unlink()
    result = evaluation("check", "--suggest", folder)
    assert result.exit_code == 0, result.stderr
    assert "lines for a person to settle" in result.stdout
    assert (folder / "delivery.toml").is_file()
    again = evaluation("check", folder, "--suggest")
    assert again.exit_code == 2
    assert "is left as it is" in again.stderr
    assert evaluation("check", folder, "--header-only").exit_code == 3


def test_suggest_writes_nothing_into_a_folder_without_data(tmp_path: Path, evaluation) -> None:
    (tmp_path / "brev.pdf").write_bytes(b"x")
    result = evaluation("check", tmp_path, "--suggest")
    assert result.exit_code == 3
    assert "holds no file of data, so no delivery.toml is written" in result.stderr
    assert "brev.pdf: unknown kind of file" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["brev.pdf"]


def test_suggest_goes_alone(tmp_path: Path, evaluation) -> None:
    for other in ("--json", "--header-only"):
        result = evaluation("check", tmp_path, "--suggest", other)
        assert result.exit_code == 2
        assert "--suggest goes alone" in result.stderr
