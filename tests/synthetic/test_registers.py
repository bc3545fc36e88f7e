"""What the files show: composition, coding, washout, pseudonyms and planted defects."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

Rows = Callable[[str], Iterator[dict[str, str]]]
Contacts = list[tuple[str, str, date]]

SHARE_TOLERANCE = 0.02
"""Whole persons in a year of about 200 to 400; far larger than the rounding."""

PUBLISHED_SHARES = {
    (2008, "SOM"): 0.95,
    (2017, "SOM"): 0.67,
    (2018, "SOM"): 0.62,
    (2018, "PHV"): 0.30,
    (2018, "TSB"): 0.0,
    (2017, "ARR"): 0.04,
    (2018, "ARR"): 0.08,
}
"""Findings F12 to F16."""


@pytest.fixture(scope="module")
def persons_by_year(treatment_contacts: Contacts) -> dict[int, set[tuple[str, str]]]:
    years: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for person, sector, day in treatment_contacts:
        years[day.year].add((person, sector))
    return years


@pytest.mark.parametrize(("year", "sector"), PUBLISHED_SHARES)
def test_sector_shares_are_the_published_ones(
    year: int, sector: str, persons_by_year: dict[int, set[tuple[str, str]]]
) -> None:
    found = Counter(pair[1] for pair in persons_by_year[year])
    share = found[sector] / found.total()
    assert share == pytest.approx(PUBLISHED_SHARES[year, sector], abs=SHARE_TOLERANCE)


def test_more_persons_are_treated_in_two_sectors_as_years_go_by(
    persons_by_year: dict[int, set[tuple[str, str]]],
) -> None:
    def share(years: range) -> float:
        sectors = Counter((y, pair[0]) for y in years for pair in persons_by_year[y])
        return sum(count > 1 for count in sectors.values()) / len(sectors)

    assert 0 < share(range(2008, 2012)) < share(range(2015, 2019)) < 0.1


def test_coding_falls_in_2018(persons_by_year: dict[int, set[tuple[str, str]]]) -> None:
    assert len(persons_by_year[2018]) < 0.7 * len(persons_by_year[2017])


def test_truth_holds_the_first_treatment_contact_after_a_year_without_one(
    treatment_contacts: Contacts, truth: list[dict[str, Any]]
) -> None:
    by_person: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for person, sector, day in treatment_contacts:
        by_person[person].append((day, sector))
    expected = set()
    for person, contacts in by_person.items():
        previous = None
        for day, sector in sorted(contacts):
            if previous is None or (day - previous).days >= 365:
                expected.add((person, sector, day))
            previous = day
    found = {(row["npr_id"], row["sector"], row["index_date"]) for row in truth}
    assert found == expected
    assert len({person for person, _, _ in found}) == len(found)


def test_about_a_sixth_are_treated(persons: int, truth: list[dict[str, Any]]) -> None:
    assert 0.15 < len({row["npr_id"] for row in truth}) / persons < 0.2


@pytest.mark.parametrize(
    ("pattern", "column"),
    [("kobling.csv", "npr_lopenr"), ("kobling.csv", "nav_lopenr"), ("kobling.csv", "ssb_lopenr")],
)
def test_no_pseudonym_looks_like_a_national_identity_number(
    pattern: str, column: str, read_rows: Rows
) -> None:
    values = [row[column] for row in read_rows(pattern)]
    assert len(values) == len(set(values))
    assert not any(len(value) == 11 or value.isspace() for value in values)


def test_no_number_with_eleven_digits_is_in_any_file(delivery: Path) -> None:
    for path in delivery.rglob("*.csv"):
        cells = path.read_text(encoding="latin-1").replace("\n", ";").split(";")
        assert not any(len(cell) == 11 and cell.isdigit() for cell in set(cells))


def test_files_are_latin_1_with_norwegian_letters(delivery: Path) -> None:
    text = (delivery / "npr" / "som_2010.csv").read_bytes()
    assert "Sykehuset Østfold".encode("latin-1") in text


def test_defects_are_planted(read_rows: Rows) -> None:
    rows = [
        {name.lower(): value for name, value in row.items()} for row in read_rows("npr/*_*.csv")
    ]
    without_key = sum(not (row.get("lnr") or row.get("lopenr")) for row in rows)
    assert 0.001 < without_key / len(rows) < 0.006
    assert 0.005 < sum(row["kontakttype"] == "5" for row in rows) / len(rows) < 0.015
    impossible = sum("02-30" in row["inndato"] or "30.02" in row["inndato"] for row in rows)
    assert 0.00003 < impossible / len(rows) < 0.0003
    assert {row["debitor"] for row in rows} >= {"20", " 20", "020", "20.0", "1"}


def test_benefit_codes_follow_the_reforms(read_rows: Rows) -> None:
    rows = wrong_order = 0
    for row in read_rows("nav/*.csv"):
        begins, ends = row["fom"], row["tom"]
        rows += 1
        wrong_order += bool(ends) and ends < begins
        if row["ytelse"] in {"RP", "AF", "TU"}:
            assert ends
            assert ends <= "2010-02-28"
        if row["ytelse"] == "AAP":
            assert begins >= "2010-03-01"
        if row["ytelse"] == "UFP":
            assert ends
            assert ends <= "2014-12-31"
        if row["ytelse"] == "UT":
            assert begins >= "2015-01-01"
    assert 0.0001 < wrong_order / rows < 0.0004


def test_linked_share_is_below_one(persons: int, read_rows: Rows) -> None:
    assert 0.98 < sum(1 for _ in read_rows("kobling.csv")) / persons < 0.99
