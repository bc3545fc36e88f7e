import pytest

COLUMNS = "person_id, status_year, municipality_code, base_municipality_code, mapping, is_ambiguous"


@pytest.fixture
def residence(run_model):
    def run(drawn, show=COLUMNS):
        keys = "person_id | ssb_id\n 1 | s1\n 2 | s2\n 3 | null"
        given = {"stg_ssb__residence": drawn, "core_person_keys": keys}
        return run_model("core_residence", given=given, show=show)

    return run


@pytest.mark.parametrize(
    ("delivered", "base", "mapping"),
    [
        # Oslo kept its code; Tønsberg and Re became 3803; Trondheim changed in 2018 only.
        ("0301", "0301", "unchanged"),
        ("0716", "3803", "changed"),
        ("1601", "5001", "changed"),
        # Two steps, two, and three.
        ("1702", "5006", "changed"),
        ("1723", "5053", "changed"),
        ("0707", "3805", "changed"),
        # A code of the base year stays, a later one goes back to it.
        ("3803", "3803", "unchanged"),
        ("3905", "3803", "changed"),
        ("1580", "1507", "changed"),
        ("1508", "1507", "changed"),
        # Divided in 2020; Snillfjord had another code before 2018.
        ("1850", "1806", "split"),
        ("5012", "5059", "split"),
        ("1613", "5059", "split"),
        # The other parts of the divided ones are no choice.
        ("1849", "1875", "changed"),
        ("5011", "5055", "changed"),
        ("2111", "2111", "outside"),
        ("9999", "null", "unspecified"),
        ("null", "null", "unspecified"),
        ("4444", "null", "unknown"),
    ],
)
def test_a_municipality_is_mapped_to_the_base_year(residence, delivered, base, mapping):
    drawn = f"ssb_id | status_year | municipality_code\n s1 | 2009 | {delivered}"
    show = "municipality_code, base_municipality_code, mapping"
    assert residence(drawn, show) == [f"{delivered} | {base} | {mapping}"]


def test_the_status_year_does_not_change_the_mapping(residence):
    # SSB's 1 January of 2020 may hold codes of 2019, and a late file may hold those of 2024.
    assert residence("""
        ssb_id | status_year | municipality_code
        s1     | 2008        | 0704
        s1     | 2020        | 0704
        s1     | 2021        | 3905
    """) == [
        "1 | 2008 | 0704 | 3803 | changed | false",
        "1 | 2020 | 0704 | 3803 | changed | false",
        "1 | 2021 | 3905 | 3803 | changed | false",
    ]


def test_of_two_places_in_one_year_the_lowest_base_code_is_kept_and_the_row_says_so(residence):
    assert residence("""
        ssb_id | status_year | municipality_code
        s1     | 2009        | 1601
        s1     | 2009        | 0301
        s2     | 2009        | 0301
        s2     | 2009        | 1601
    """) == [
        "1 | 2009 | 0301 | 0301 | unchanged | true",
        "2 | 2009 | 0301 | 0301 | unchanged | true",
    ]


def test_a_known_place_goes_before_an_unknown_one(residence):
    assert residence("""
        ssb_id | status_year | municipality_code
        s1     | 2009        | 0000
        s1     | 2009        | 1601
        s1     | 2009        | 9999
        s1     | 2009        | null
    """) == ["1 | 2009 | 1601 | 5001 | changed | true"]


def test_old_and_new_code_of_one_place_are_one_place(residence):
    assert residence("""
        ssb_id | status_year | municipality_code
        s1     | 2018        | 1601
        s1     | 2018        | 5001
    """) == ["1 | 2018 | 1601 | 5001 | changed | false"]


def test_a_person_with_no_known_place_keeps_the_row(residence):
    assert residence("""
        ssb_id | status_year | municipality_code
        s1     | 2009        | 4444
        s2     | 2009        | null
    """) == [
        "1 | 2009 | 4444 | null | unknown | false",
        "2 | 2009 | null | null | unspecified | false",
    ]


def test_broken_rows_and_unknown_persons_are_left_out(residence):
    assert (
        residence("""
        ssb_id | status_year | municipality_code | broken_rule
        s1     | 2009        | 0301              | unknown_code
        s9     | 2009        | 0301              | null
        null   | 2009        | 0301              | null
    """)
        == []
    )
