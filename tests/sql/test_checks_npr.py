"""Checks of contacts, institutions and links, drawn: where each fires and where it does not."""

from datetime import date, timedelta

import pytest

CONTACTS, COUNTS = "stg_npr__contacts", "stg_npr__contact_counts"
INSTITUTIONS, LINKS = "stg_npr__institutions", "stg_link__persons"
COVERED = {"contacts_first_date": "2010-01-01", "contacts_last_date": "2012-12-31"}
OUTPATIENT = {"care_level_code": "3", "start_date": "2010-01-04", "end_date": "2010-01-04"}

# Row rules of contacts: what is drawn of one column or several, values that break, values that
# do not, values that are not examined.
VALUES = {
    "check_care_levels_are_known": ("care_level_code", ["7"], ["1", "8", None], []),
    "check_contact_types_are_known": ("contact_type_code", ["4"], ["5", "99", None], []),
    "check_link_statuses_are_known": ("npr_link_status_code", ["9"], ["4", None], []),
    "check_main_icd10_has_its_shape": (
        "main_icd10_code",
        ["DUPLI", "54M", "M5", "M5X"],
        ["M54", "M545", "M7911", "F432"],
        [None, "M511G551"],
    ),
    "check_main_icd10_is_one_code": ("main_icd10_code", ["M511G551"], ["M7911"], [None]),
    "check_main_icd10_is_in_a_chapter": (
        "main_icd10_code",
        ["D49", "T99", "U07", "L8X"],
        ["A00", "D48", "E90", "H60", "T98", "Y98", "Z507"],
        [None],
    ),
    "check_secondary_icd10_have_their_shape": (
        "secondary_icd10_codes",
        ["F432|X", "54M"],
        ["F432", "F432|R52||Z7301"],
        [None],
    ),
    "check_procedure_codes_have_their_shape": (
        "procedure_codes",
        ["20", "WNBC00 and more", "NFB"],
        ["NFB30", "wnbc00", "WMDV00|OABI00"],
        [None],
    ),
    "check_main_icd10_is_given": ("main_icd10_code", [None], ["M54"], []),
    "check_debitor_is_given": ("debitor_code", [None, '""'], ["1"], []),
    "check_care_level_is_given": ("care_level_code", [None, '""'], ["1"], []),
    "check_contact_type_is_given": ("contact_type_code", [None, '""'], ["1"], []),
    "check_institution_is_given": ("institution_id", [None, '""'], ["1"], []),
    "check_link_status_is_given": ("npr_link_status_code", [None, '""'], ["1"], []),
    "check_contacts_end_after_they_start": (
        "broken_rule",
        ["end_before_start"],
        [None],
        ["unknown_code"],
    ),
    "check_contact_dates_are_readable": (
        "broken_rule",
        ["invalid_date", "missing_date", "month_only"],
        [None],
        ["missing_key"],
    ),
    "check_radiation_contacts_are_few": ("care_level_code", ["8"], ["1", "3", None], []),
    "check_indirect_contacts_are_few": ("contact_type_code", ["5"], ["2", "7", None], []),
}

# Row rules of several columns: (name, columns, rows that break, rows that do not, not examined).
ROWS = {
    "check_debitor_letters_end_in_2009": (
        "debitor_code | start_date",
        ["GR | 2010-01-01"],
        ["20 | 2010-01-01"],
        ["GR | 2009-12-31", " | 2010-01-01"],
    ),
    "check_contacts_end_within_coverage": (
        "start_date | end_date",
        ["2012-12-31 | 2013-01-01"],
        ["2012-12-31 | 2012-12-31"],
        [],
    ),
    "check_contact_reasons_have_another_diagnosis": (
        "main_icd10_code | secondary_icd10_codes",
        ["Z507 | null"],
        ["Z507 | M545"],
        ["M545 | null", "null | null"],
    ),
    "check_inpatient_stays_have_nights": (
        "care_level_code | start_date | end_date",
        ["1 | 2010-01-01 | 2010-01-01"],
        ["1 | 2010-01-01 | 2010-01-02"],
        ["3 | 2010-01-01 | 2010-01-01"],
    ),
    "check_outpatient_contacts_end_the_same_day": (
        "care_level_code | start_date | end_date",
        ["3 | 2010-01-01 | 2010-01-02"],
        ["3 | 2010-01-01 | 2010-01-01", "8 | 2010-01-01 | 2010-01-01"],
        ["1 | 2010-01-01 | 2010-01-02", "2 | 2010-01-01 | 2010-01-02"],
    ),
    "check_stays_are_within_a_year": (
        "start_date | end_date",
        ["2010-01-01 | 2011-01-02"],
        ["2010-01-01 | 2011-01-01"],
        [],
    ),
    "check_outpatient_contacts_are_on_workdays": (
        "care_level_code | start_date",
        ["3 | 2010-01-02", "3 | 2010-01-03"],
        ["3 | 2010-01-01", "3 | 2010-01-04"],
        ["1 | 2010-01-02"],
    ),
    "check_contacts_are_not_piled_on_the_first": (
        "start_date | end_date",
        ["2010-02-01 | 2010-02-01"],
        ["2010-02-02 | 2010-02-02"],
        [],
    ),
    "check_treatment_is_with_the_patient": (
        "debitor_code | contact_type_code",
        ["20 | 5"],
        ["20 | 2", "20 | null"],
        ["1 | 5"],
    ),
    "check_treatment_is_outpatient": (
        "debitor_code | care_level_code",
        ["20 | 1", "20 | 2"],
        ["20 | 3"],
        ["1 | 1"],
    ),
    "check_treatment_is_after_the_first_washout": (
        "debitor_code | start_date",
        ["20 | 2010-12-31"],
        ["20 | 2011-01-01"],
        ["1 | 2010-01-01"],
    ),
    "check_mental_health_sectors_have_mental_diagnoses": (
        "sector | main_icd10_code",
        ["PHV | M545", "TSB | Z507"],
        ["PHV | F322"],
        ["SOM | M545", "ARR | M545", "PHV | null"],
    ),
    "check_somatic_files_have_somatic_diagnoses": (
        "sector | main_icd10_code",
        ["SOM | F322"],
        ["SOM | M545"],
        ["PHV | F322", "ARR | F322", "SOM | null"],
    ),
}


def numbers(first, count):
    return [str(number) for number in range(first, first + count)]


@pytest.mark.parametrize("name", VALUES)
def test_a_contact_is_judged_by_one_value(run_check, name):
    column, broken, whole, passed_over = VALUES[name]
    texts = [*broken, *whole, *passed_over]
    rows = [{column: None if text is None else text.strip('"')} for text in texts]
    if column != "broken_rule":
        rows = [row | {"broken_rule": None} for row in rows]
        rows.append({column: texts[0], "broken_rule": "missing_key"})
    found = run_check(name, given={CONTACTS: rows}, params=_used(name))
    assert found == (numbers(1, len(broken)), len(broken) + len(whole))


@pytest.mark.parametrize("name", ROWS)
def test_a_contact_is_judged_by_several_values(run_check, name):
    head, broken, whole, passed_over = ROWS[name]
    drawn = "\n".join([head, *broken, *whole, *passed_over])
    found = run_check(name, given={CONTACTS: drawn}, params=_used(name))
    assert found == (numbers(1, len(broken)), len(broken) + len(whole))


def _used(name):
    used = {
        "check_contacts_end_within_coverage": "last",
        "check_treatment_is_after_the_first_washout": "first",
    }
    return {k: v for k, v in COVERED.items() if used.get(name, "none") in k}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("check_contact_type_is_given", "contact_type_code"),
        ("check_institution_is_given", "institution_id"),
        ("check_link_status_is_given", "npr_link_status_code"),
        ("check_contact_reasons_have_another_diagnosis", "secondary_icd10_codes"),
    ],
)
def test_a_column_that_is_not_delivered_at_all_is_not_examined(run_check, name, column):
    drawn = f"main_icd10_code | {column}\n Z507 | null\n Z507 | null"
    assert run_check(name, given={CONTACTS: drawn}) == ([], 0)


def test_a_contact_alike_in_everything_is_found_in_both_rows(run_check):
    drawn = """
        file_index | row_number | npr_id | start_date | institution_id | main_icd10_code
        1          | 1          | n1     | 2010-01-01 | 1              | M54
        2          | 2          | n1     | 2010-01-01 | 1              | M54
        1          | 3          | n2     | 2010-01-01 | 1              | M54
        1          | 4          | n1     | 2010-01-02 | 1              | M54
        1          | 5          | n1     | 2010-01-01 | 2              | M54
        1          | 6          | n1     | 2010-01-01 | 1              | null
        1          | 7          | n1     | 2010-01-01 | 1              | null
    """
    found = run_check("check_contacts_are_not_repeated", given={CONTACTS: drawn})
    assert found == (["1", "2", "6", "7"], 7)


def test_a_contact_number_in_two_rows_of_a_sector_is_found(run_check):
    drawn = """
        row_number | contact_id | sector
        1          | c1         | SOM
        2          | c1         | som
        3          | c1         | PHV
        4          | c2         | SOM
        5          | null       | SOM
        6          | null       | SOM
    """
    found = run_check("check_contact_ids_are_unique", given={"raw_npr__contacts": drawn})
    assert found == (["1", "2"], 4)


def test_a_stay_that_stands_in_two_files_is_found_and_one_twice_in_a_file_is_not(run_check):
    drawn = """
        file_index | row_number | npr_id | care_level_code | start_date | institution_id
        1          | 1          | n1     | 1               | 2010-01-01 | 1
        2          | 2          | n1     | 1               | 2010-01-01 | 1
        1          | 3          | n2     | 1               | 2010-01-01 | 1
        1          | 4          | n2     | 1               | 2010-01-01 | 1
        1          | 5          | n3     | 3               | 2010-01-01 | 1
        2          | 6          | n3     | 3               | 2010-01-01 | 1
    """
    found = run_check("check_stays_are_delivered_once", given={CONTACTS: drawn})
    assert found == (["1", "2"], 4)


def test_an_unlinked_key_that_differs_in_zeros_or_case_only_is_found(run_check):
    given = {
        "stg_npr__contact_counts": "first_row | link_state\n 1 | near_link\n 2 | linked\n"
        " 3 | not_in_link\n 4 | no_ssb_person",
        LINKS: "npr_id | ssb_id\n 0012 | s1",
    }
    found = run_check("check_unlinked_keys_have_no_near_link", given=given)
    assert found == (["1"], 2)
    found = run_check("check_unlinked_keys_have_no_near_link", given=given | {LINKS: []})
    assert found == ([], 0)


def test_a_link_that_leads_to_no_person_is_found(run_check):
    given = {
        LINKS: "row_number | npr_id | ssb_id\n 1 | n1 | s1\n 2 | n2 | s2\n 3 | n3 | s3",
        "stg_ssb__persons": "ssb_id | broken_rule\n s1 | null\n s2 | invalid_date",
    }
    assert run_check("check_links_lead_to_persons", given=given) == (["2", "3"], 3)


@pytest.mark.parametrize(
    ("name", "drawn", "broken"),
    [
        (
            "check_link_keys_differ",
            "npr_id | nav_id | ssb_id\n 1 | 2 | 1\n 1 | 1 | 2\n 1 | 2 | 3",
            "12",
        ),
        ("check_links_have_a_nav_key", "npr_id | nav_id\n n1 | null\n n2 | v2", "1"),
        ("check_links_have_a_nav_key", "npr_id | nav_id\n n1 | v1\n n2 | v2", ""),
    ],
)
def test_the_keys_of_a_link_are_judged(run_check, name, drawn, broken):
    assert run_check(name, given={LINKS: drawn})[0] == list(broken)


def test_no_nav_key_in_the_whole_link_file_is_not_examined(run_check):
    assert run_check("check_links_have_a_nav_key", given={LINKS: "npr_id\n n1"}) == ([], 0)


@pytest.mark.parametrize(
    ("name", "column", "values", "broken"),
    [
        ("check_institutions_are_unique", "institution_id", ["1", "2", "1"], ["1", "3"]),
        ("check_institution_table_has_orgnr", "institution_id", ["98397491", "983974910"], ["1"]),
        ("check_institutions_have_a_trust", "hf_code", [None, "983974910"], ["1"]),
        ("check_institutions_have_a_region", "rhf_code", [None, "883658752"], ["1"]),
    ],
)
def test_the_institution_table_is_judged(run_check, name, column, values, broken):
    rows = [{column: value} for value in values]
    assert run_check(name, given={INSTITUTIONS: rows}) == (broken, len(values))


# Real organisation numbers of trusts (register-facts 1.7), and two that are altered.
@pytest.mark.parametrize(
    ("name", "broken", "examined"),
    [
        ("check_institution_ids_have_nine_digits", ["a text of 2 characters"], 4),
        ("check_institution_ids_have_their_control_digit", ["nine digits"], 3),
        ("check_institutions_are_in_the_table", ["another text", "another text"], 4),
    ],
)
def test_the_institutions_of_contacts_are_judged_once_each(run_check, name, broken, examined):
    ids = ["983974910", "993467049", "983974911", "12", "983974910", None]
    given = {COUNTS: [{"institution_id": each, "n_contacts": "1"} for each in ids]}
    if name == "check_institutions_are_in_the_table":
        given[INSTITUTIONS] = "institution_id\n 983974910\n 993467049"
    assert run_check(name, given=given) == (broken, examined)


def months(counts, first=(2010, 1), **columns):
    """One row of the count table a month, from the first on."""
    year, month = first
    rows = []
    for place, count in enumerate(counts):
        start = date(year + (month - 1 + place) // 12, (month - 1 + place) % 12 + 1, 1)
        rows.append({"sector": "SOM", "start_month": start, "n_contacts": count, **columns})
    return [row for row in rows if row["n_contacts"]]


def years(counts, first=2010, **columns):
    return [
        {"sector": "SOM", "start_month": date(first + i, 6, 1), "n_contacts": count, **columns}
        for i, count in enumerate(counts)
        if count
    ]


def test_a_code_before_it_was_new_is_found(run_check):
    rows = years([5], 2016, debitor_code="24") + years([5], 2017, debitor_code="24")
    found = run_check("check_debitor_codes_are_within_validity", given={COUNTS: rows})
    assert found == (["24 2016"], 2)


def test_an_unknown_code_that_holds_a_treatment_code_is_found(run_check):
    drawn = "sector | debitor_code\n SOM | 20A\n SOM | 21\n SOM | 20\n PHV | 200"
    found = run_check("check_debitor_codes_hide_no_treatment", given={COUNTS: drawn})
    assert found == (["PHV 200", "SOM 20A"], 3)


def test_a_month_without_contacts_is_found_unless_the_sector_is_small(run_check):
    rows = months([20] * 13 + [0] + [20] * 22) + [
        row | {"sector": "TSB"} for row in months([1] * 13)
    ]
    found = run_check("check_every_month_has_contacts", given={COUNTS: rows}, params=COVERED)
    assert found == (["SOM 2011-02"], 36)


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        ([900, 600, 900], []),
        ([900, 599, 600], ["SOM 2011"]),
        ([600, 901, 900], ["SOM 2011"]),
        ([900, 0, 900], ["SOM 2011", "SOM 2012"]),
        ([90, 20, 90], []),
    ],
)
def test_a_sudden_shift_from_one_year_to_the_next_is_found(run_check, counts, broken):
    name = "check_contacts_hold_their_level_by_year"
    assert run_check(name, given={COUNTS: years(counts)}, params=COVERED)[0] == broken


def test_a_year_that_is_not_wholly_covered_is_not_judged(run_check):
    name = "check_contacts_hold_their_level_by_year"
    cut = COVERED | {"contacts_last_date": "2012-06-30"}
    assert run_check(name, given={COUNTS: years([900, 900, 400])}, params=cut) == ([], 1)


def test_a_cut_file_is_found_beside_its_like(run_check):
    rows = [row for i in range(3) for row in years([100 if i else 29], file_index=i)]
    files = "file_index | file\n 0 | a.csv\n 1 | b.csv\n 2 | c.csv"
    given = {COUNTS: rows, "raw_files": files}
    found = run_check("check_files_are_alike_in_volume", given=given)
    assert found == (["a.csv SOM"], 3)


@pytest.mark.parametrize(
    ("counts", "broken"),
    [([20, 0, 20], ["993467049 2011"]), ([20, 1, 20], []), ([20, 0, 19], []), ([20, 0, 0, 20], [])],
)
def test_a_year_in_which_an_institution_is_silent_is_found(run_check, counts, broken):
    name = "check_institutions_report_every_year"
    found = run_check(name, given={COUNTS: years(counts, institution_id="993467049")})
    assert found[0] == broken


STEADY = [100] * 24
FALLS = {
    "a lasting fall": ([*STEADY, 50, 50, 50], ["2012-01", "2012-02", "2012-03"]),
    "one low month": ([*STEADY, 50, 100, 100], []),
    "a low month every year": (([100] * 6 + [40] + [100] * 5) * 3, []),
    "a fall by a tenth": ([*STEADY, 90, 90, 90], []),
    "nothing any more": ([*STEADY, 0, 0], [f"2012-{month:02}" for month in range(1, 13)]),
    "few all along": ([9] * 24 + [0, 0], []),
    "a rise": ([*STEADY, 200, 200, 200], []),
}


@pytest.mark.parametrize("case", FALLS)
def test_a_fall_of_treatment_contacts_in_a_sector_is_found(run_check, case):
    counts, broken = FALLS[case]
    counts = counts + ([100] * (36 - len(counts)) if case != "nothing any more" else [])
    rows = months(counts, debitor_code="20") + months([500] * 36, debitor_code="1")
    name = "check_treatment_holds_its_level"
    found = run_check(name, given={COUNTS: rows}, params=COVERED)[0]
    if case == "nothing any more":
        # As the year before fades from the mean, less is expected; the first months must tell.
        broken = broken[: len(found)]
        assert len(found) >= 10
    assert found == [f"SOM {month}" for month in broken]


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        ([100, 100, 59], ["SOM 2012"]),
        ([100, 100, 61], []),
        ([100, 75, 59], []),
        ([1000, 1000, 801], []),
        ([1000, 1000, 799], ["SOM 2012"]),
        ([49, 49, 0], []),
        ([100, 100, 0], ["SOM 2012"]),
    ],
)
def test_a_fall_of_treatment_contacts_in_a_year_is_found(run_check, counts, broken):
    rows = years(counts, debitor_code="20") + years([9000, 9000, 100], debitor_code="1")
    name = "check_treatment_holds_its_level_by_year"
    assert run_check(name, given={COUNTS: rows}, params=COVERED)[0] == broken


def test_a_year_that_is_half_covered_has_not_fallen(run_check):
    rows = years([100, 100, 20], debitor_code="20")
    covered = COVERED | {"contacts_last_date": "2012-06-30"}
    name = "check_treatment_holds_its_level_by_year"
    assert run_check(name, given={COUNTS: rows}, params=covered) == ([], 1)


def test_a_fall_of_treatment_contacts_at_one_trust_is_found_there(run_check):
    falling = months([*STEADY, *[50] * 12], debitor_code="20", institution_id="1")
    steady = months([100] * 36, debitor_code="20", institution_id="2")
    given = {COUNTS: falling + steady, INSTITUTIONS: "institution_id | hf_code\n 1 | HF1\n 2 | HF2"}
    name = "check_treatment_holds_its_level_by_trust"
    broken, _ = run_check(name, given=given, params=COVERED)
    assert broken[0] == "SOM HF1 2012-01"
    assert {text.split()[1] for text in broken} == {"HF1"}


def test_a_year_without_the_code_between_years_with_it_is_found(run_check):
    rows = years([60, 0, 60], debitor_code="20") + years([500] * 3, debitor_code="1")
    rows += [row | {"sector": "TSB"} for row in years([49, 0, 49], debitor_code="20")]
    name = "check_treatment_is_coded_every_year"
    assert run_check(name, given={COUNTS: rows}, params=COVERED)[0] == ["SOM 2011"]


@pytest.mark.parametrize(
    ("inpatient", "outpatient", "broken", "examined"),
    [
        ((30, 30), (30, 0), ["SOM"], 1),
        ((30, 0), (30, 30), [], 1),
        ((30, 30), (30, 30), [], 1),
        ((19, 19), (30, 0), [], 0),
    ],
)
def test_care_levels_in_the_opposite_order_are_found(
    run_check, inpatient, outpatient, broken, examined
):
    rows = [
        {"sector": "SOM", "care_level_code": code, "n_contacts": n, "n_zero_nights": zero}
        for code, (n, zero) in (("1", inpatient), ("3", outpatient))
    ]
    name = "check_care_levels_are_not_turned_round"
    assert run_check(name, given={COUNTS: rows}) == (broken, examined)


@pytest.mark.parametrize("what", ["after_death", "before_birth"])
def test_linked_contacts_outside_the_persons_life_are_found(run_check, what):
    states = [("linked", 2), ("linked", 1), ("not_in_link", 1000)]
    rows = [
        row | {"link_state": state, f"n_{what}": n}
        for row, (state, n) in zip([*years([1000] * 2), *years([1000])], states, strict=True)
    ]
    names = {
        "after_death": "check_contacts_are_not_after_death",
        "before_birth": "check_contacts_are_not_before_birth",
    }
    assert run_check(names[what], given={COUNTS: rows}) == (["SOM 2010"], 2)


@pytest.mark.parametrize(
    ("name", "column", "odd", "other", "place"),
    [
        ("check_link_rate_is_even_by_year", "start_month", "2010-05-01", "2011-05-01", "2010"),
        ("check_link_rate_is_even_by_sector", "sector", "TSB", "SOM", "TSB"),
        ("check_link_rate_is_even_by_debitor", "debitor_code", None, "1", "none"),
    ],
)
@pytest.mark.parametrize(("n_lost", "is_broken"), [(7, True), (3, False)])
def test_a_part_that_is_linked_less_than_the_others_is_found(
    run_check, name, column, odd, other, place, n_lost, is_broken
):
    rows = [
        {column: odd, "link_state": "linked", "n_contacts": 100 - n_lost},
        {column: odd, "link_state": "not_in_link", "n_contacts": n_lost},
        {column: other, "link_state": "linked", "n_contacts": 99},
        {column: other, "link_state": "no_ssb_person", "n_contacts": 1},
    ]
    given = {COUNTS: rows, LINKS: "npr_id\n n1"}
    found = run_check(name, given=given)
    assert found == ([place] if is_broken else [], 2)
    assert run_check(name, given={COUNTS: rows}) == ([], 0)


def test_a_year_with_many_unlinkable_contacts_is_found(run_check):
    rows = [
        row | {"n_without_person_key": n}
        for row, n in zip(years([100, 100, 99]), [3, 2, 99], strict=True)
    ]
    found = run_check("check_unlinkable_contacts_are_few_each_year", given={COUNTS: rows})
    assert found == (["SOM 2010"], 2)


@pytest.mark.parametrize("code", ["Z507", "Z561", "OBBJ00"])
@pytest.mark.parametrize(("n_coded", "broken"), [(10, ["SOM 2018"]), (30, [])])
def test_work_directed_contacts_that_lost_their_code_are_found(run_check, code, n_coded, broken):
    first = date(2017, 1, 1)
    rows = [
        {
            "start_date": first + timedelta(days=365 * later),
            "debitor_code": "20" if number < (n_coded if later else 30) else "1",
            "main_icd10_code": "M545" if code == "OBBJ00" else code,
            "procedure_codes": f"NFB30|{code}" if code == "OBBJ00" else None,
            "sector": "SOM",
        }
        for later in (0, 1)
        for number in range(40)
    ]
    rows += [rows[0] | {"main_icd10_code": "M545", "procedure_codes": None}] * 50
    name = "check_work_directed_contacts_keep_the_code"
    assert run_check(name, given={CONTACTS: rows}) == (broken, 1)
