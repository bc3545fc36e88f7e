"""Which persons go into which curve of return to work."""

import pandas as pd
import pytest

from evaluation.errors import EstimationError
from evaluation.estimators.competing_tables import EVENTS, build_return_to_work

SETTINGS = {
    "study_id": "s",
    "fingerprint": "f",
    "sectors": ("SOM", "PHV"),
    "last_event_time": 1,
    "period_days": 30,
    "after_days": 45,
    "confidence_level": 0.95,
    "cluster_on": ("matched_set", "person"),
}


def units(*rows):
    names = ("sector", "is_treated", "matched_set_id", "person_id", "days", "event", "weight")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows], columns=list(names))
    return frame.assign(sustained_days=28)


def build(frame, **more):
    return build_return_to_work(frame, **SETTINGS | more)


BOTH = (
    ("SOM", True, 1, 1, 20, "return_to_work", 1.0),
    ("SOM", True, 2, 2, 90, "censored", 1.0),
    ("SOM", False, 1, 3, 30, "aap", 0.5),
    ("SOM", False, 1, 4, 90, "censored", 0.25),
    ("SOM", False, 2, 5, 90, "censored", 0.25),
    ("PHV", True, 3, 6, 10, "return_to_work", 1.0),
    ("PHV", True, 4, 7, 90, "censored", 1.0),
)


def at(table, **keys):
    for name, value in keys.items():
        table = table[table[name].eq(value)]
    return table


def test_days_are_every_tenth_to_the_last_period_and_the_end_of_the_window():
    table = build(units(*BOTH)).table
    days = at(table, sector="SOM", arm="treated", event="aap")["day"].tolist()
    assert days == [0, 10, 20, 30, 40, 45, 50, 60]


def test_each_arm_has_its_own_curve_with_the_weights_of_the_sets():
    table = build(units(*BOTH)).table
    treated = at(table, sector="SOM", arm="treated", event="return_to_work", day=45).iloc[0]
    assert (treated["incidence"], treated["n_events"], treated["n_persons"]) == (0.5, 1, 2)
    control = at(table, sector="SOM", arm="control", event="aap", day=45).iloc[0]
    assert (control["incidence"], control["n_events"], control["n_at_risk"]) == (0.5, 1, 2)


def test_all_pools_the_sectors():
    table = build(units(*BOTH)).table
    pooled = at(table, sector="ALL", arm="treated", event="return_to_work", day=60).iloc[0]
    assert (pooled["incidence"], pooled["n_persons"]) == (0.5, 4)


def test_every_event_has_rows_though_it_happens_to_nobody():
    table = build(units(*BOTH)).table
    rows = at(table, sector="SOM", arm="treated", day=60)
    assert rows["event"].tolist() == list(EVENTS)
    assert at(rows, event="death")["incidence"].tolist() == [0.0]


def test_an_arm_without_persons_has_a_note_and_no_row():
    result = build(units(*BOTH))
    assert at(result.table, sector="PHV", arm="control").empty
    assert result.notes == ("PHV, control: nobody is on a benefit at the index date",)


def test_without_clusters_each_unit_stands_alone():
    one = build(units(*BOTH), cluster_on=()).table
    two = build(units(*BOTH), cluster_on=("person",)).table
    pd.testing.assert_frame_equal(one, two)


def test_nobody_at_all_gives_an_empty_table():
    assert build(units()).table.empty


@pytest.mark.parametrize("wrong", [{"event": "promoted"}, {"sector": "TSB"}])
def test_an_event_or_a_sector_that_is_not_known_is_refused(wrong):
    with pytest.raises(EstimationError, match="does not know"):
        build(units(*BOTH).assign(**wrong))
