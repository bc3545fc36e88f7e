from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from small_delivery import SmallDelivery

from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.spec import Coverage, DeliverySpec
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.errors import DeliveryError


def read(folder: Path) -> DeliverySpec:
    return DeliverySpec.from_folder(folder)


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(DeliveryError) as caught:
        plan_files(folder, read(folder))
    assert caught.value.exit_code == 3
    return caught.value.problems


def test_a_valid_delivery_toml_is_read_as_it_stands(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    spec = read(small_delivery.write(tmp_path / "d"))
    assert (spec.id, spec.kind, spec.nav_key) == ("small", "synthetic", "nav_id")
    assert [file.table for file in spec.files] == [
        "npr_contact",
        "nav_benefit",
        "person",
        "education",
        "link",
    ]


def test_coverage_is_the_tables_own_or_the_deliverys(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    spec = read(small_delivery.write(tmp_path / "d"))
    assert spec.covers("nav_benefit") == Coverage(
        first_date=date(2006, 1, 1), last_date=date(2020, 12, 31)
    )
    assert spec.covers("npr_contact") == Coverage(
        first_date=date(2008, 1, 1), last_date=date(2018, 12, 31)
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "synthetic"', 'kind = "real"', "kind: "),
        ('id = "small"', 'id = "../up"', "id: "),
        ('id = "small"\n', "", "id is missing"),
        ('nav_key = "nav_id"', 'nav_key = "fnr"', "nav_key: "),
        ("[delivery]", "[delivery]\nsurprise = 1", "surprise is not a known setting"),
        ("[delivery]", "[delivery]\nfiles = []", "files does not belong under [delivery]"),
        ("[delivery]", "[notes]\na = 1\n[delivery]", "notes is not a known section"),
        ("last_date = 2018-12-31", "last_date = 2007-12-31", "last_date 2007-12-31 is before"),
        ("last_date = 2020-12-31", "last_date = 2005-12-31", "last_date 2005-12-31 is before"),
        ("[coverage.nav_benefit]", "[coverage.nav]", "coverage names unknown tables ['nav']"),
    ],
)
def test_a_wrong_delivery_toml_gives_one_line_that_says_where(
    old: str, new: str, told: str, small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    assert old in small_delivery.spec
    small_delivery.spec = small_delivery.spec.replace(old, new)
    problems = problems_of(small_delivery.write(tmp_path / "d"))
    assert len(problems) == 1, problems
    assert told in problems[0]
    assert "\n" not in problems[0]


def test_a_delivery_that_is_no_section_is_refused(tmp_path: Path) -> None:
    (tmp_path / "delivery.toml").write_text("delivery = 3\n")
    assert "delivery must be a section" in problems_of(tmp_path)[0]


def test_all_problems_are_told_at_once_and_files_are_counted_from_one(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    small_delivery.spec = small_delivery.spec.replace('"synthetic"', '"real"').replace(
        "[delivery]", "[delivery]\nsurprise = 1"
    )
    small_delivery.tables["persons.csv"] = "people"
    problems = problems_of(small_delivery.write(tmp_path / "d"))
    assert len(problems) == 3, problems
    assert any("[[file]] no. 3: unknown table 'people'" in p for p in problems)


def test_a_run_needs_every_required_table_and_is_told_what_is_lost(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    for name in ("link.csv", "persons.csv", "education.csv"):
        del small_delivery.tables[name]
    spec = read(small_delivery.write(tmp_path / "d"))
    assert spec.missing_tables[:3] == ("person", "education", "residence")
    with pytest.raises(DeliveryError) as caught:
        spec.validate_complete()
    assert caught.value.problems == [
        "delivery.toml: no [[file]] for the required table person. Without it age and sex are"
        " unknown, and who died or left: nobody can be matched.",
        "delivery.toml: no [[file]] for the required table link. Without it the registers cannot"
        " be joined: no contact meets a benefit or a person.",
    ]


def test_a_delivery_with_every_required_table_is_complete(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    del small_delivery.tables["education.csv"]
    spec = read(small_delivery.write(tmp_path / "d"))
    spec.validate_complete()
    assert "education" in spec.missing_tables


def test_every_table_says_what_is_lost_without_it() -> None:
    assert all(table.lost_without for table in CANONICAL_TABLES.values())


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('table = "residence"\npath = "r.csv"\nsector = "SOM"', "sector belongs to files of npr"),
        ('table = "residence"\npath = "r.csv"\nencoding = "utf-16"', "encoding: "),
        ('table = "residence"\npath = "r.csv"\nvalues = { b = "1" }', "values names ['b']"),
        ('table = "residence"\npath = "r.csv"\ncodes = { b = { a = "1" } }', "codes names ['b']"),
        ('table = "residence"\npath = "r.csv"\nfamily = "fd_sp"', "family is 'fd_sp'; allowed"),
        ('table = "residence"\npath = "r.csv"\ndate_format = "ISO"', "date_format is 'ISO'"),
        ('table = "npr_contact"\npath = "r.csv"\nvalues = { sector = "X" }', "no sector"),
        ('table = "npr_contact"\npath = "r.csv"\ncodes.sector = { 1 = "VOP" }', "no sector"),
        (
            'table = "npr_contact"\npath = "r.csv"\nsector = "SOM"\nvalues.sector = "SOM"',
            "sector is said twice",
        ),
        ('table = "residence"\npath = "r.csv"\ndelimiter = ";;"', "delimiter: "),
        ('table = "residence"\npath = ""', "path: "),
        ('table = "residence"', "path is missing"),
        ('table = "residence"\npath = "r.csv"\ncolumns = { a = "b" }', "columns maps to ['b']"),
        (
            'table = "residence"\npath = "r.csv"\ncolumns = { year = "aar" }',
            "The name in the file goes first: columns = { aar = 'year' }",
        ),
    ],
)
def test_a_wrong_file_entry_is_told_with_its_number(
    entry: str, told: str, small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    small_delivery.spec += f"\n[[file]]\n{entry}\n"
    problems = problems_of(small_delivery.write(tmp_path / "d"))
    assert len(problems) == 1, problems
    assert "[[file]] no. 1" in problems[0]
    assert told in problems[0]


def test_a_spec_cannot_be_changed(small_delivery: SmallDelivery, tmp_path: Path) -> None:
    spec = read(small_delivery.write(tmp_path / "d"))
    with pytest.raises(ValidationError, match="frozen"):
        spec.id = "other"  # type: ignore[misc]


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"delivery = \n"])
def test_a_folder_without_a_readable_delivery_toml_is_refused(
    content: bytes | None, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "delivery.toml").write_bytes(content)
    problems = problems_of(tmp_path)
    assert "delivery.toml: " in problems[0]
    assert "cannot be read" in problems[0] or "not valid TOML" in problems[0]
    assert ("--suggest" in problems[0]) == (content != b"delivery = \n")


def _with_residence(delivery: SmallDelivery, folder: Path, *paths: str) -> Path:
    for path in paths:
        delivery.spec += f'\n[[file]]\ntable = "residence"\npath = "{path}"\n'
    return delivery.write(folder)


def test_an_absolute_path_is_refused(small_delivery: SmallDelivery, tmp_path: Path) -> None:
    folder = _with_residence(small_delivery, tmp_path / "d", "/etc/passwd")
    assert "/etc/passwd: leads out of the delivery" in problems_of(folder)[0]


def test_a_link_out_of_the_folder_is_refused(small_delivery: SmallDelivery, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("ssb_lopenr;aargang;kommnr\nS1;2010;0301\n")
    folder = _with_residence(small_delivery, tmp_path / "d", "residence.csv")
    (folder / "residence.csv").symlink_to(outside)
    assert "a link leads out of the delivery folder" in problems_of(folder)[0]


def test_a_linked_folder_out_of_the_delivery_is_refused(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "r.csv").write_text("ssb_lopenr;aargang;kommnr\nS1;2010;0301\n")
    folder = _with_residence(small_delivery, tmp_path / "d", "ssb/*.csv")
    (folder / "ssb").symlink_to(tmp_path / "outside")
    assert "a link leads out of the delivery folder" in problems_of(folder)[0]


def test_a_file_named_by_two_entries_is_refused(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    folder = _with_residence(small_delivery, tmp_path / "d", "r_*.csv", "r_2010.csv")
    (folder / "r_2010.csv").write_text("ssb_lopenr;aargang;kommnr\nS1;2010;0301\n")
    assert problems_of(folder) == ["r_2010.csv: named by two [[file]] entries; keep one."]


def test_a_glob_without_a_match_is_refused(small_delivery: SmallDelivery, tmp_path: Path) -> None:
    folder = _with_residence(small_delivery, tmp_path / "d", "r_*.csv")
    problems = problems_of(folder)
    assert len(problems) == 1
    assert "r_*.csv: no such file in the delivery (table residence)" in problems[0]


def test_a_glob_takes_its_files_in_name_order(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    folder = _with_residence(small_delivery, tmp_path / "d", "ssb/**/*.csv")
    for name in ("ssb/b.csv", "ssb/2010/a.csv", "ssb/a.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("ssb_lopenr;aargang;kommnr\nS1;2010;0301\n")
    names = [file.name for file in plan_files(folder, read(folder))]
    assert names[:3] == ["ssb/2010/a.csv", "ssb/a.csv", "ssb/b.csv"]


def _by_ssb_key(delivery: SmallDelivery) -> None:
    delivery.spec = delivery.spec.replace('nav_key = "nav_id"', 'nav_key = "ssb_id"')
    delivery.lines["link.csv"] = ["npr_lopenr;w20_0450_lopenr_person", "N0;S0"]


@pytest.mark.parametrize("header", ["ssb_id", "SSB_Lopenr", "w20_0450_lopenr_person"])
def test_nav_files_may_carry_the_key_of_ssb(
    header: str, small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    _by_ssb_key(small_delivery)
    small_delivery.lines["benefits.csv"] = [f"{header};ytelse;fom;tom;grad", "S0;SP;2012-01-01;;"]
    folder = small_delivery.write(tmp_path / "d")
    files = {file.table.name: file for file in plan_files(folder, read(folder))}
    assert files["nav_benefit"].mapping["nav_id"] == (header,)
    assert files["link"].mapping["nav_id"] == ("w20_0450_lopenr_person",)
    assert files["link"].mapping["ssb_id"] == ("w20_0450_lopenr_person",)


def test_a_nav_file_without_the_key_it_should_have_is_told_which(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    _by_ssb_key(small_delivery)
    problems = problems_of(small_delivery.write(tmp_path / "d"))
    assert len(problems) == 1
    assert "required column ssb_id of nav_benefit is missing" in problems[0]
