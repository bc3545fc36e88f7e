"""The code lists: what their sources say of them, and that a join on them is unambiguous."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.sql.conftest import ROOT

FOLDER = ROOT / "sql" / "codelists"
NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))


def read(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


CHANGES, MUNICIPALITIES = read("municipality_changes"), read("municipalities")
GROUPS, CHAPTERS = read("icd10_groups"), read("icd10_chapters")
TRUSTS = read("health_trusts")
LEVELS = sorted({row["level"] for row in GROUPS})


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_which_edition_it_is_from(name):
    assert all(row.get("version") for row in read(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_read_into_a_table_as_it_stands(models, name):
    rows = [tuple(cell or None for cell in row.values()) for row in read(name)]
    found = models.connection.execute(f"select * from codelist_{name}").fetchall()
    assert Counter(found) == Counter(rows)


# Codes of NPR, NAV and SSB


def test_debitors_are_those_of_the_sources():
    numbers = "1 11 12 13 20 22 24 30 32 40 41 42 43 44 45 47 50 51 60 70 80 90 99"
    letters = "GR IN OF PA PF RE TR"
    assert [row["debitor_code"] for row in read("debitors")] == [*numbers.split(), *letters.split()]


def test_debitors_are_expired_or_new_as_the_source_says():
    rows = read("debitors")
    assert [r["debitor_code"] for r in rows if r["is_expired"] == "true"] == ["41", "42"]
    new = {r["debitor_code"]: r["valid_from_year"] for r in rows if r["valid_from_year"]}
    assert new == {"24": "2017", "32": "2017", "13": "2020", "51": "2020"}


def test_benefits_change_hands_without_gap_or_overlap():
    rows = {row["benefit_code"]: row for row in read("benefits")}
    assert {rows[code]["valid_to"] for code in ("RP", "AF", "TU")} == {"2010-02-28"}
    assert rows["AAP"]["valid_from"] == "2010-03-01"
    assert (rows["UFP"]["valid_to"], rows["UT"]["valid_from"]) == ("2014-12-31", "2015-01-01")


def test_regimes_are_the_reforms_of_2010_2015_and_2018():
    rows = {row["regime_code"]: row for row in read("benefit_regimes")}
    assert (rows["AAP_2010"]["valid_from"], rows["AAP_2010"]["longest_years"]) == (
        "2010-03-01",
        "4",
    )
    assert (rows["AAP_2018"]["valid_from"], rows["AAP_2018"]["longest_years"]) == (
        "2018-01-01",
        "3",
    )
    assert (rows["UFP"]["valid_to"], rows["UT"]["valid_from"]) == ("2014-12-31", "2015-01-01")
    assert rows["SP"]["longest_weeks"] == "52"


def test_regimes_of_a_benefit_follow_each_other_and_have_one_concept():
    by_code = defaultdict(list)
    for row in read("benefit_regimes"):
        by_code[row["benefit_code"]].append(row)
    for rows in by_code.values():
        assert len({row["concept"] for row in rows}) == 1
        for old, new in pairwise(sorted(rows, key=lambda row: row["valid_from"])):
            last = date.fromisoformat(old["valid_to"])
            assert date.fromisoformat(new["valid_from"]) == last + timedelta(days=1)


def test_regimes_hold_the_benefits_and_their_periods_and_longest_weeks():
    regimes = read("benefit_regimes")
    for benefit in read("benefits"):
        own = [row for row in regimes if row["benefit_code"] == benefit["benefit_code"]]
        # An empty date is no limit: the first in order, and the last.
        assert min(row["valid_from"] for row in own) == benefit["valid_from"]
        assert own[-1]["valid_to"] == benefit["valid_to"]
        assert {row["longest_weeks"] for row in own} == {benefit["longest_weeks"]}
        assert (own[0]["concept"] == "sick_leave") == (benefit["is_sick_leave"] == "true")
        assert (own[0]["concept"] == "disability") == (benefit["is_permanent"] == "true")
    assert {row["benefit_code"] for row in regimes} == {
        row["benefit_code"] for row in read("benefits")
    }


def test_education_levels_have_a_group_but_for_no_level_and_not_stated():
    rows = read("education_levels")
    assert [row["education_level_code"] for row in rows] == list("0123456789")
    without = [r["education_level_code"] for r in rows if not r["education_group"]]
    assert (
        without
        == ["0", "9"]
        == [r["education_level_code"] for r in rows if r["is_level"] == "false"]
    )


def test_four_education_groups_only_divide_the_tertiary_one():
    finer = {(row["education_group"], row["education_group_4"]) for row in read("education_levels")}
    assert finer == {
        ("", ""),
        ("compulsory", "compulsory"),
        ("upper_secondary", "upper_secondary"),
        ("tertiary", "tertiary_lower"),
        ("tertiary", "tertiary_higher"),
    }


def test_the_base_amount_rises_each_year_and_none_is_missing():
    rows = read("base_amounts")
    years = [int(row["year"]) for row in rows]
    assert years == list(range(2007, 2021))
    assert all(row["valid_from"] == f"{row['year']}-05-01" for row in rows)
    assert all(int(a["amount_nok"]) < int(b["amount_nok"]) for a, b in pairwise(rows))


# ICD-10


@pytest.fixture
def groups_of(models):
    """The groups of a code at a level, by the join that the lists are made for."""

    def find(code, level):
        return models.connection.execute(
            "select group_code from codelist_icd10_groups"
            " where level = $level and substr($code, 1, 5) between first_code and last_code",
            {"code": code, "level": level},
        ).fetchall()

    return find


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("M54", "back"),
        ("M545", "back"),
        ("M5416", "back"),
        ("M542", "neck"),
        ("M53", "back"),
        ("M530", "neck"),
        ("M531", "neck"),
        ("M5329", "back"),
        ("M509", "neck"),
        ("M511", "back"),
        ("M45", "inflammatory"),
        ("M4696", "inflammatory"),
        ("M4790", "back"),
        ("M771", "shoulder_arm"),
        ("M77", "soft_tissue"),
        ("M773", "soft_tissue"),
        ("M1901", "shoulder_arm"),
        ("M1994", "shoulder_arm"),
        ("M751", "shoulder_arm"),
        ("M797", "soft_tissue"),
        ("M171", "hip_knee"),
        ("F32", "depression"),
        ("F329", "depression"),
        ("F31", "severe_mental"),
        ("F412", "anxiety"),
        ("F4320", "adjustment"),
        ("F480", "somatoform"),
        ("F072", "head_injury"),
        ("S060", "head_injury"),
        ("S0600", "head_injury"),
        ("G443", "headache"),
        ("R53", "fatigue"),
        ("Z730", "fatigue"),
        ("Z500", "heart"),
        ("C97", "cancer"),
    ],
)
def test_a_code_falls_in_one_group(groups_of, code, group):
    assert groups_of(code, "group") == [(group,)]


@pytest.mark.parametrize("code", ["M19", "M190", "M1905", "F07", "F070", "Z50", "Z507", "G93"])
def test_a_code_that_no_source_names_falls_in_no_group(groups_of, code):
    assert groups_of(code, "group") == []


@pytest.mark.parametrize(
    ("code", "level", "group"),
    [
        ("M4790", "block", "M45-M49"),
        ("M54", "block", "M50-M54"),
        ("M799", "block", "M70-M79"),
        ("M190", "broad", "musculoskeletal"),
        ("F480", "broad", "common_mental"),
        ("Z507", "work", "work_related"),
    ],
)
def test_the_other_levels_have_ranges_of_their_own(groups_of, code, level, group):
    assert groups_of(code, level) == [(group,)]


@pytest.mark.parametrize("level", LEVELS)
def test_ranges_of_a_level_do_not_overlap(level):
    ranges = sorted((r["first_code"], r["last_code"]) for r in GROUPS if r["level"] == level)
    assert all(first <= last for first, last in ranges)
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))


def test_a_group_has_one_name_wherever_it_stands():
    names = defaultdict(set)
    for row in GROUPS:
        names[row["level"], row["group_code"]].add((row["term_nb"], row["term_en"]))
    assert all(len(found) == 1 for found in names.values())


def test_every_musculoskeletal_block_and_group_lies_in_the_chapter():
    chapter = next(row for row in CHAPTERS if row["chapter"] == "XIII")
    blocks = [row for row in GROUPS if row["level"] == "block"]
    assert len(blocks) == 15
    assert all(chapter["first_code"] <= row["first_code"] for row in blocks)
    assert all(row["last_code"][:3] <= chapter["last_code"] for row in blocks)


def test_chapters_do_not_overlap_and_begin_and_end_as_in_the_source():
    ranges = [(row["first_code"], row["last_code"]) for row in CHAPTERS]
    assert len(ranges) == 21
    assert (ranges[0][0], ranges[-1][1]) == ("A00", "Z99")
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))
    letters = {chr(i) for first, last in ranges for i in range(ord(first[0]), ord(last[0]) + 1)}
    # U is for provisional codes, which the chapters of 2017 do not hold.
    assert letters == set("ABCDEFGHIJKLMNOPQRSTVWXYZ")


@pytest.mark.parametrize(
    ("code", "chapter"),
    [
        ("A000", "I"),
        ("D48", "II"),
        ("D50", "III"),
        ("F329", "V"),
        ("H599", "VII"),
        ("H60", "VIII"),
        ("M542", "XIII"),
        ("S060", "XIX"),
        ("T98", "XIX"),
        ("V0N0A", "XX"),
        ("Z507", "XXI"),
    ],
)
def test_a_code_falls_in_one_chapter(models, code, chapter):
    found = models.connection.execute(
        "select chapter from codelist_icd10_chapters"
        " where substr($code, 1, 3) between first_code and last_code",
        {"code": code},
    ).fetchall()
    assert found == [(chapter,)]


# Municipalities


def base_year():
    years = {int(row["base_year"]) for row in MUNICIPALITIES}
    assert len(years) == 1
    return years.pop()


def steps_to_base():
    """The steps that are followed: from a code to the codes nearer to the base year."""
    steps = defaultdict(list)
    for row in CHANGES:
        if row["is_followed"] == "true":
            pair = (row["old_code"], row["new_code"])
            old, new = pair if int(row["change_year"]) <= base_year() else pair[::-1]
            steps[old].append(new)
    return steps


def test_the_base_year_holds_356_municipalities():
    kinds = Counter(row["kind"] for row in MUNICIPALITIES)
    assert kinds == {"municipality": 356, "outside": 10, "unspecified": 1}
    assert base_year() == 2020


def test_changes_by_year_are_as_many_as_the_source_counts():
    counts = Counter(int(row["change_year"]) for row in CHANGES)
    named = {year: counts[year] for year in (2012, 2013, 2017, 2018, 2019)}
    assert named == {2012: 2, 2013: 2, 2017: 3, 2018: 54, 2019: 1}
    # Of the source's 314 three are on Svalbard, and Jevnaker and Lunner go in two steps in
    # one year, where SSB has one each; SSB has three parts of split municipalities more.
    assert counts[2020] == 314 - 3 - 2 + 3
    # The source leaves Haram out.
    assert counts[2024] == 114 + 1


def test_every_code_leads_in_few_steps_to_one_code_of_the_base_year():
    steps = steps_to_base()
    valid = {row["municipality_code"] for row in MUNICIPALITIES if row["kind"] == "municipality"}
    for code in {row[key] for row in CHANGES for key in ("old_code", "new_code")}:
        place = code
        for _ in range(5):
            if place in steps:
                assert len(steps[place]) == 1, f"{place} leads to {steps[place]}"
                place = steps[place][0]
        assert place in valid, f"{code} ends at {place}"
        assert place not in steps


def test_the_base_year_is_not_a_step_on_the_way():
    valid = {row["municipality_code"] for row in MUNICIPALITIES}
    assert valid.isdisjoint(steps_to_base())


def test_no_old_code_comes_back_later():
    gone = {row["old_code"]: int(row["change_year"]) for row in CHANGES}
    for row in CHANGES:
        assert gone.get(row["new_code"], 9999) > int(row["change_year"]), row["change_code"]


def test_a_split_is_told_and_one_part_is_followed():
    parts = defaultdict(list)
    for row in CHANGES:
        if int(row["change_year"]) <= base_year():
            parts[row["old_code"]].append(row)
    split = {code: rows for code, rows in parts.items() if len(rows) > 1}
    assert sorted(split) == ["1850", "5012"]
    for rows in split.values():
        assert [row["is_followed"] for row in rows].count("true") == 1
        assert all(row["note"] for row in rows)


# Organisations


def has_right_control_digit(number):
    weights = (3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11
    return number[8] == str((11 - rest) % 11)


@pytest.mark.parametrize("number", [row["institution_id"] for row in TRUSTS])
def test_an_organisation_number_has_nine_digits_and_the_right_control_digit(number):
    assert len(number) == 9
    assert number.isdigit()
    assert has_right_control_digit(number)


def test_a_wrong_organisation_number_would_be_found():
    assert not has_right_control_digit("983974881")


def test_health_trusts_are_those_of_the_source():
    kinds = Counter(row["kind"] for row in TRUSTS)
    assert kinds == {"rhf": 4, "hf": 25, "non_profit": 3, "rehabilitation": 8, "unit": 1}


def test_every_trust_leads_to_a_regional_one_and_predecessors_to_their_successor():
    by_id = {row["institution_id"]: row for row in TRUSTS}
    regions = {row["rhf_code"]: row["rhf_name"] for row in TRUSTS if row["kind"] == "rhf"}
    # sh_reg of NPR.
    assert set(regions) == {"3", "4", "5", "7"}
    for row in TRUSTS:
        if row["kind"] == "rhf" or row["note"].startswith("Private"):
            assert not row["hf_id"]
        else:
            assert by_id[row["hf_id"]]["rhf_code"] == row["rhf_code"]
            assert regions[row["rhf_code"]] == row["rhf_name"]
        if row["successor_id"]:
            after = by_id[row["successor_id"]]
            assert after["rhf_code"] == row["rhf_code"]
            if after["valid_from_year"]:
                assert int(row["valid_to_year"]) + 1 == int(after["valid_from_year"])
