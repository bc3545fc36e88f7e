import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from pydantic import ValidationError

from evaluation.errors import StudyError
from evaluation.study import DebitorCode, StudyDefinition
from evaluation.study_gate import Icd10Chapter
from evaluation.study_outcomes import BenefitCode
from pipelines.resources import DEFAULT_STUDY

# Without the specifications, which have tests of their own: they rest on several settings.
CODELISTS = Path(__file__).parents[2] / "sql" / "codelists"
TEXT = re.sub(r"\[\[specification\]\]\n(.+\n)+", "", DEFAULT_STUDY.read_text(encoding="utf-8"))
# They change together.
WINDOWS = (
    "before_days = 365                  # [index - 365, index)\nafter_days = 365",
    "before_days = 180\nafter_days = 180",
)
# One other valid value of every setting.
OTHER: dict[str, tuple[str, str]] = {
    "seed": ("seed = 20220168", "seed = 1"),
    "sectors": ('sectors = ["SOM", "PHV", "TSB", "ARR"]', 'sectors = ["SOM", "PHV"]'),
    "period.first_index_date": ("first_index_date = 2008-01-01", "first_index_date = 2009-01-01"),
    "period.last_index_date": ("last_index_date = 2018-12-31", "last_index_date = 2017-12-31"),
    "intervention.debitor_codes": ('debitor_codes = ["20"]', 'debitor_codes = ["20", "22"]'),
    "comparator.outpatient_only_sectors": (
        'outpatient_only_sectors = ["SOM", "ARR"]',
        'outpatient_only_sectors = ["SOM"]',
    ),
    "comparator.exclusion_before_days": (
        "exclusion_before_days = 365",
        "exclusion_before_days = 0",
    ),
    "comparator.exclusion_after_days": ("exclusion_after_days = 365", "exclusion_after_days = 0"),
    "index.anchor": ('anchor = "start"', 'anchor = "end"'),
    "index.washout_days": ("washout_days = 365", "washout_days = 180"),
    "index.course_gap_days": ("course_gap_days = 365", "course_gap_days = 90"),
    "index.left_truncation": ('left_truncation = "keep"', 'left_truncation = "drop"'),
    "windows.before_days": WINDOWS,
    "windows.after_days": WINDOWS,
    "windows.period_days": ("period_days = 30", "period_days = 28"),
    "windows.first_event_time": ("first_event_time = -12", "first_event_time = -13"),
    "windows.last_event_time": ("last_event_time = 12", "last_event_time = 11"),
    "windows.reference_event_time": ("reference_event_time = -12", "reference_event_time = -6"),
    "eligibility.min_age_years": ("min_age_years = 18", "min_age_years = 20"),
    "eligibility.max_age_years": ("max_age_years = 67", "max_age_years = 61"),
    "matching.exact_on": (
        'exact_on = ["diagnosis", "sex", "age_band", "education_group"]',
        'exact_on = ["diagnosis", "sex"]',
    ),
    "matching.within_index_year": ("within_index_year = true", "within_index_year = false"),
    "matching.icd10_characters": ("icd10_characters = 3", "icd10_characters = 4"),
    "matching.replace_z_codes": ("replace_z_codes = true", "replace_z_codes = false"),
    "matching.age_band_years": ("age_band_years = 5 ", "age_band_years = 10 "),
    "matching.method": ('method = "exact"', 'method = "stratification"'),
    "matching.prior_level_edges_days": ("[1, 17, 57, 183]", "[1, 57]"),
    "matching.with_replacement": ("with_replacement = false", "with_replacement = true"),
    "matching.nearest_on": ('nearest_on = "index_date"', 'nearest_on = "propensity_score"'),
    "matching.caliper": ("caliper = 90.0", "caliper = 30.0"),
    "matching.balance_on": ('balance_on = ["age_years", ', "balance_on = ["),
    "matching.controls_per_treated": ("controls_per_treated = 5 ", "controls_per_treated = 1 "),
    "outcomes.primary": (
        'primary = ["sick_leave_days", "health_benefit_days"]',
        'primary = ["sick_leave_days"]',
    ),
    "outcomes.secondary": ('secondary = ["sick_leave_dagsverk"]', "secondary = []"),
    "outcomes.sick_leave_gap_days": ("sick_leave_gap_days = 16", "sick_leave_gap_days = 0"),
    "outcomes.sustained_return_days": ("[28, 90]", "[28, 180]"),
    "outcomes.public_holidays": (
        'public_holidays = "ignored"',
        'public_holidays = "working_days"',
    ),
    "outcomes.sick_leave_benefit_codes": (
        # Dagsverk are of sick pay alone.
        'secondary = ["sick_leave_dagsverk"]    # weekdays x grade x position\n'
        'sick_leave_benefit_codes = ["SP"]',
        'secondary = []\nsick_leave_benefit_codes = ["SP", "RP"]',
    ),
    "outcomes.health_benefit_codes": (', "UFP", "UT"]', ', "UT"]'),
    "quality.thresholds": ("thresholds = {}", "thresholds = { check_links_are_usable = 0.02 }"),
    "inference.estimators": (
        '["did_2x2", "stratified", "event_study", "poisson", "callaway_santanna"]',
        '["did_2x2"]',
    ),
    "inference.draws": ("draws = 999", "draws = 199"),
    "subgroups.variables": ('variables = ["sex", "age_group",', 'variables = ["age_group",'),
    "subgroups.age_limits": ("age_limits = [30, 40, 50, 60]", "age_limits = [45]"),
    "subgroups.min_treated": ("min_treated = 20", "min_treated = 50"),
    "inference.confidence_level": ("confidence_level = 0.95", "confidence_level = 0.9"),
    "inference.cluster_on": ('["matched_set", "person"]', '["person"]'),
    "sensitivity.honest_joined_periods": (
        "honest_joined_periods = 4",
        "honest_joined_periods = 1",
    ),
    "sensitivity.relative_magnitudes": ("[0.0, 0.25, 0.5, 1.0]", "[0.0, 2.0]"),
    "sensitivity.smoothness_days": ("[0.0, 0.1, 0.25, 0.5]", "[0.0]"),
    "sensitivity.placebo_event_time": ("placebo_event_time = -6", "placebo_event_time = -5"),
    "sensitivity.min_service_treated": ("min_service_treated = 20", "min_service_treated = 10"),
    "composition.denominator": ('denominator = "person_sectors"', 'denominator = "persons"'),
    "gate.required": ('"pre_trend_equivalence", "power", "matched_share"]', '"power"]'),
    "gate.alpha": ("alpha = 0.001", "alpha = 0.01"),
    "gate.max_smd": ("max_smd = 0.1", "max_smd = 0.2"),
    "gate.clusters_per_period": ("clusters_per_period = 20", "clusters_per_period = 10"),
    "gate.relevant_days": ("SOM = 2.5", "SOM = 3.5"),
    "gate.tolerated_days": ("tolerated_days = 1", "tolerated_days = 2"),
    "gate.negative_control_chapters": ('["II", "IV", "VI", ', '["II", "IV", '),
    "gate.min_observed_share": ("min_observed_share = 0.5", "min_observed_share = 0.6"),
    "gate.power": ("\npower = 0.8", "\npower = 0.9"),
    "gate.min_matched_share": ("min_matched_share = 0.6", "min_matched_share = 0.7"),
    "gate.min_matched_share_pooled": (
        "min_matched_share_pooled = 0.9",
        "min_matched_share_pooled = 0.8",
    ),
    "gate.coding_sectors": ('coding_sectors = ["SOM"]', 'coding_sectors = ["SOM", "ARR"]'),
    "gate.max_hidden_share": ("max_hidden_share = 0.1", "max_hidden_share = 0.2"),
    "gate.min_marked_persons": ("min_marked_persons = 20", "min_marked_persons = 10"),
    "gate.max_follow_up_points": ("max_follow_up_points = 2", "max_follow_up_points = 3"),
    "disclosure.min_cell_count": ("min_cell_count = 5", "min_cell_count = 10"),
}
# A setting with one allowed value only.
SINGLE = {"intervention.kind"}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str) -> Path:
        path = tmp_path / "study.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_text


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, f"{old!r} must stand once in the study file"
    return TEXT.replace(old, new)


def problems_of(path: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        StudyDefinition.from_toml(path)
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_every_setting_stands_in_exactly_one_provenance_list(study: StudyDefinition) -> None:
    settings = sorted(name for name, _ in study.settings())
    listed = sorted([*study.provenance.from_source, *study.provenance.our_choice])
    assert listed == settings


def test_titles_and_findings_are_no_settings(study: StudyDefinition) -> None:
    names = {name.split(".")[0] for name, _ in study.settings()}
    assert names.isdisjoint(
        {"id", "title_nb", "title_en", "provenance", "specification", "published"}
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('    "seed",\n', "", "seed is in neither list"),
        ('    "sectors",\n', '    "sectors",\n    "seed",\n', "seed stands in both lists"),
        ('    "seed",\n', '    "seed",\n    "sed",\n', "sed is not a setting"),
    ],
)
def test_a_wrong_provenance_list_is_refused(old: str, new: str, told: str, write: Write) -> None:
    problems = problems_of(write(changed(old, new)))
    assert len(problems) == 1
    assert told in problems[0]


def test_the_list_of_other_values_covers_every_setting(study: StudyDefinition) -> None:
    assert {*OTHER, *SINGLE} == {name for name, _ in study.settings()}


@pytest.mark.parametrize("setting", OTHER)
def test_the_fingerprint_changes_with_every_setting(
    setting: str, study: StudyDefinition, write: Write
) -> None:
    other = StudyDefinition.from_toml(write(changed(*OTHER[setting])))
    assert dict(other.settings())[setting] != dict(study.settings())[setting]
    assert other.fingerprint != study.fingerprint


def test_the_fingerprint_ignores_whitespace_comments_and_order(write: Write) -> None:
    spaced = TEXT.replace(" = ", "   =  ").replace("\n[", "\n\n# note\n[")
    before, rest = TEXT.split("[period]", 1)
    period, after = rest.split("\n[intervention]", 1)
    moved = f"{before}\n[intervention]{after}\n[period]{period}"
    fingerprints = {
        StudyDefinition.from_toml(write(text)).fingerprint for text in (TEXT, spaced, moved)
    }
    assert len(fingerprints) == 1


def test_the_fingerprint_is_twelve_hexadecimal_characters(study: StudyDefinition) -> None:
    assert len(study.fingerprint) == 12
    int(study.fingerprint, 16)


@pytest.mark.parametrize("section", ["", "[period]", "[matching]", "[provenance]"])
def test_an_unknown_key_is_refused_wherever_it_stands(section: str, write: Write) -> None:
    text = f"surprise = 1\n{TEXT}" if not section else TEXT + "\n"
    if section:
        first, rest = TEXT.split(section, 1)
        line, after = rest.split("\n", 1)
        text = f"{first}{section}{line}\nsurprise = 1\n{after}"
    problems = problems_of(write(text))
    where = f"{section.strip('[]')}.surprise" if section else "surprise"
    assert problems == [
        f"{problems[0].split(':')[0]}: {where} is not a known setting;"
        " remove it or correct its name."
    ]


@pytest.mark.parametrize("setting", [*OTHER, *SINGLE])
def test_no_setting_has_a_hidden_default(setting: str, write: Write) -> None:
    key = setting.split(".")[-1]
    lines = [line for line in TEXT.splitlines() if not line.startswith(f"{key} =")]
    assert len(lines) == len(TEXT.splitlines()) - 1
    problems = problems_of(write("\n".join(lines)))
    assert [p.split(": ", 1)[1] for p in problems] == [
        f"{setting} is missing; every setting must be given."
    ]


def test_all_errors_are_told_at_once(write: Write) -> None:
    text = changed("seed = 20220168", "seed = -1")
    text = text.replace("washout_days = 365", "washout_days = 0")
    text = text.replace('left_truncation = "keep"', 'left_truncation = "maybe"')
    text = text.replace("age_band_years = 5 ", "# ")
    text = text.replace("min_cell_count = 5", "min_cell_count = 2\nmax_cell_count = 9")
    problems = problems_of(write(text))
    places = [p.split("study.toml: ")[1].split(":")[0].split(" ")[0] for p in problems]
    assert sorted(places) == [
        "disclosure.max_cell_count",
        "disclosure.min_cell_count",
        "index.left_truncation",
        "index.washout_days",
        "matching.age_band_years",
        "seed",
    ]
    assert any("(given: -1)" in p for p in problems)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("last_index_date = 2018-12-31", "last_index_date = 2007-12-31", "is before"),
        ("\nafter_days = 365", "\nafter_days = 180", "before_days 365 and after_days 180 differ"),
        ("reference_event_time = -12", "reference_event_time = 0", "must be negative"),
        ("reference_event_time = -12", "reference_event_time = -13", "must be negative"),
        ("max_age_years = 67", "max_age_years = 17", "max_age_years 17 is below"),
        ("low_days = -9\n", "low_days = -7\n", "high_days -8.0 is below low_days -7.0"),
        ('sectors = ["SOM", "PHV"', 'sectors = ["SOM", "SOM"', "name each once"),
        ('"UFP", "UT"]', '"UFP", "XYZ"]', "'XYZ'"),
        ('negative_control_chapters = ["', 'negative_control_chapters = ["XXX", "', "'XXX'"),
        ('debitor_codes = ["20"]', 'debitor_codes = ["02"]', "'02'"),
        ('required = ["balance", "pre_trend", "pre_trend_eq', "required = []  # ", "at least 1"),
        ("max_smd = 0.1", "max_smd = inf", "finite"),
        ("tolerated_days = 1 ", "tolerated_days = inf ", "finite"),
        ("draws = 999", "draws = 100000000", "100000"),
        ("placebo_event_time = -6", "placebo_event_time = -40", "must be after"),
        ("honest_joined_periods = 4", "honest_joined_periods = 50", "periods before"),
        ("age_band_years = 5 ", "age_band_years = [30, 18] ", "age_band_years must rise"),
        ("age_band_years = 5 ", "age_band_years = [18, 18] ", "name each once"),
        ('sectors = ["SOM", "PHV"', 'sectors = ["SOM", "XYZ"', "XYZ"),
        ("confidence_level = 0.95", "confidence_level = 95", "less than 1"),
        ('["sick_leave_dagsverk"]', '["sick_leave_days"]', "repeats the primary outcomes"),
        (
            'sick_leave_benefit_codes = ["SP"]',
            'sick_leave_benefit_codes = ["SP", "AAP"]',
            "sick_leave_dagsverk counts SP alone",
        ),
        ("[28, 90]", "[90, 28]", "from short to long"),
        ("last_index_date = 2018-12-31", "last_index_date = 2040-06-01", "to 2041-06-26; sql"),
        ("first_index_date = 2008-01-01", "first_index_date = 1990-06-01", "from 1989-06-01 to"),
        ("[28, 90]", "[28, 28]", "name each once"),
        ("sick_leave_gap_days = 16", "sick_leave_gap_days = -1", "greater than or equal to 0"),
        ("placebo_event_time = -6", "placebo_event_time = 0", "less than 0"),
        ("[0.0, 0.25, 0.5, 1.0]", "[0.5, 0.0]", "from low to high"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    old: str, new: str, told: str, write: Write
) -> None:
    problems = problems_of(write(changed(old, new)))
    assert len(problems) == 1, problems
    assert told in problems[0]


@pytest.mark.parametrize(
    ("given", "bands"),
    [("10", {0: 0, 9: 0, 10: 10, 47: 40, 120: 120}), ("[18, 45]", {0: 0, 17: 0, 18: 18, 120: 45})],
)
def test_age_bands_are_of_one_width_or_begin_where_the_study_says(
    given: str, bands: dict[int, int], write: Write
) -> None:
    path = write(changed("age_band_years = 5 ", f"age_band_years = {given} "))
    found = StudyDefinition.from_toml(path).matching.age_bands
    assert len(found) == 121
    assert {age: found[age] for age in bands} == bands


def test_codes_that_a_study_may_name_are_those_of_the_code_lists() -> None:
    for name, column, allowed in (
        ("benefits", "benefit_code", BenefitCode),
        ("icd10_chapters", "chapter", Icd10Chapter),
        ("debitors", "debitor_code", DebitorCode),
    ):
        listed = pd.read_csv(CODELISTS / f"{name}.csv", dtype="string")[column].dropna().unique()
        assert sorted(get_args(allowed)) == sorted(listed)


def test_a_study_cannot_be_changed(study: StudyDefinition) -> None:
    parts: list[tuple[Any, str]] = [(study, "seed"), (study.windows, "after_days")]
    for part, name in parts:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, name, 1)


def test_a_missing_file_is_told_with_its_path_and_what_to_give(tmp_path: Path) -> None:
    problems = problems_of(tmp_path / "absent.toml")
    assert "absent.toml: cannot be read" in problems[0]
    assert "raskere_tilbake.toml" in problems[0]


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(TEXT.encode("latin-1", errors="replace"))
    assert "cannot be read (UnicodeDecodeError)" in problems_of(path)[0]


def test_bad_toml_is_told_with_its_line(write: Write) -> None:
    problems = problems_of(write("id = \n"))
    assert "not valid TOML" in problems[0]
    assert "line 1" in problems[0]
