"""Callaway and Sant'Anna against R did and csdid, on minimum wages and on drawn panels.

R did has normal limits, no small-sample factor, and drops controls with a propensity above
0.995; we refuse such a cell. With a universal base R shows the base period as 0; we leave it
out. Effects of anticipation are, as in R, in no mean of treated periods.

The numbers of R are of `att_gt(yname = "lemp", tname = "year", idname = "countyreal", gname =
"first.treat", xformla = ~1, data = mpdta, bstrap = FALSE)` and `aggte` of it, R 4.2.2 with did
2.5.1; its vignette prints the same effects to four digits.
"""

import numpy as np
import pandas as pd
import pytest
from csdid.att_gt import ATTgt
from numpy.testing import assert_allclose
from reference.minimum_wage import read_minimum_wage

from evaluation.errors import (
    EstimationError,
    NoControlsError,
    NoOverlapError,
    NotIdentifiedError,
)
from evaluation.estimators.callaway_santanna import estimate_callaway_santanna
from evaluation.estimators.did import estimate_did_2x2

RTOL_R = 1e-10
# csdid stops its logit at 1e-8.
RTOL_CSDID = 1e-7
LEVEL = {"confidence_level": 0.95}

R_CELLS = [
    (2004, 2004, -0.0105032462209635, 0.0232510363681662),
    (2004, 2005, -0.0704231581031491, 0.0309847667572764),
    (2004, 2006, -0.137258738889404, 0.0364356642876861),
    (2004, 2007, -0.100811363085405, 0.034359225834673),
    (2006, 2004, 0.00652011242423291, 0.0233268051418048),
    (2006, 2005, -0.00275081875051868, 0.0195585610358815),
    (2006, 2006, -0.00459460695286272, 0.0177551966592764),
    (2006, 2007, -0.0412244715462179, 0.0202291807041071),
    (2007, 2004, 0.0305066555832921, 0.0150335602801301),
    (2007, 2005, -0.00272589288611596, 0.0163958328955344),
    (2007, 2006, -0.0310871193896881, 0.0178775113133435),
    (2007, 2007, -0.0260544107191972, 0.0166554353492522),
]
R_OVERALL = {
    "simple": (-0.039951275155177, 0.0120340127701854),
    "event_time": (-0.0772398214573161, 0.0199649890618492),
    "cohort": (-0.031018282228749, 0.0124460593209979),
    "calendar": (-0.0417004321312833, 0.0159718518845598),
}
R_PATHS = {
    "event_time": (
        [0.0305066555832921, -0.00056308462638523, -0.024458744971169, -0.0199318167892598,
         -0.050957367065195, -0.137258738889404, -0.100811363085405],
        [0.0150335602801301, 0.01329164473655, 0.0142364022105193, 0.0118263640580582,
         0.0168934762686781, 0.0364356642876861, 0.034359225834673],
    ),
    "cohort": (
        [-0.0797491265747306, -0.0229095392495403, -0.0260544107191972],
        [0.026367799435027, 0.0167033302551621, 0.0166554353492522],
    ),
    "calendar": (
        [-0.0105032462209635, -0.0704231581031491, -0.0488159842650433, -0.0370593399359773],
        [0.0232510363681662, 0.0309847667572764, 0.0201258612605003, 0.0137470791411186],
    ),
}  # fmt: skip


def estimate_wages(**settings):
    outcome, first, covariates, county = read_minimum_wage()
    given = {"cluster": county, "control": "never"} | LEVEL | settings
    if given.pop("adjusted", False):
        given["covariates"] = covariates
    return estimate_callaway_santanna(outcome, first, **given)


def test_cells_means_and_errors_equal_r_did():
    found = estimate_wages()
    cells = np.column_stack([found.cohort + 2003, found.period + 2003, found.att, found.se])
    assert_allclose(cells, R_CELLS, rtol=RTOL_R)
    for name, (att, se) in R_OVERALL.items():
        assert_allclose([found.overall[name].att, found.overall[name].se], [att, se], rtol=RTOL_R)
    for name, (att, se) in R_PATHS.items():
        assert_allclose(found.paths[name].att, att, rtol=RTOL_R)
        assert_allclose(found.paths[name].se, se, rtol=RTOL_R)


def csdid(outcome, first, *, covariates=None, cluster=None, weight=None, control, **fit):
    unit, period = np.indices(outcome.shape)
    frame = pd.DataFrame(
        {
            "y": outcome.ravel(),
            "unit": unit.ravel(),
            "period": period.ravel() + 1,
            "cohort": np.repeat(np.where(first < 0, 0, first + 1), outcome.shape[1]),
        }
    )
    labels = {"x": covariates, "cluster": cluster, "weight": weight}
    given = {name: values for name, values in labels.items() if values is not None}
    for name, values in given.items():
        frame[name] = np.repeat(np.ravel(values), outcome.shape[1])
    return ATTgt(
        yname="y",
        gname="cohort",
        idname="unit",
        tname="period",
        data=frame,
        control_group={"never": "nevertreated", "not_yet": "notyettreated"}[control],
        xformla="y~x" if "x" in given else None,
        clustervar="cluster" if "cluster" in given else None,
        weights_name="weight" if "weight" in given else None,
        anticipation=fit.pop("anticipation", 0),
    ).fit(**fit, bstrap=False)


def assert_means_equal_csdid(found, peer):
    names = {"event_time": "dynamic", "cohort": "group", "calendar": "calendar"}
    for name, theirs in names.items():
        means = peer.aggte(theirs, bstrap=False, cband=False).atte
        # With a universal base csdid has a row for the base period, all 0.
        se = np.asarray(means["se_egt"], dtype=float)
        kept = np.isfinite(se) & (se > 0)
        assert_allclose(found.paths[name].att, np.array(means["att_egt"])[kept], rtol=RTOL_CSDID)
        assert_allclose(found.paths[name].se, se[kept], rtol=RTOL_CSDID)
        overall = found.overall[name]
        expected = [float(means["overall_att"]), float(np.squeeze(means["overall_se"]))]
        assert_allclose([overall.att, overall.se], expected, rtol=RTOL_CSDID)


pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # csdid and what it imports warn of their own ways
]


@pytest.mark.parametrize("base_period", ["varying", "universal"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
def test_with_a_covariate_all_means_equal_csdid(method, control, base_period):
    outcome, first, covariates, _ = read_minimum_wage()
    peer = csdid(
        outcome, first, covariates=covariates, control=control, est_method=method,
        base_period=base_period,
    )  # fmt: skip
    found = estimate_wages(adjusted=True, control=control, method=method, base_period=base_period)
    assert_means_equal_csdid(found, peer)


def test_clusters_of_states_equal_csdid():
    outcome, first, _, county = read_minimum_wage()
    state = county // 1000
    peer = csdid(outcome, first, cluster=state, control="never", est_method="dr")
    assert_means_equal_csdid(estimate_wages(cluster=state), peer)


def test_anticipation_equals_csdid():
    outcome, first, _, _ = read_minimum_wage()
    peer = csdid(outcome, first, control="never", est_method="dr", anticipation=1)
    found = estimate_wages(anticipation=1)
    assert_means_equal_csdid(found, peer)
    assert any("left out" in note for note in found.notes) == bool((first == 1).any())


def test_nobody_never_treated_equals_csdid():
    outcome, first, _, county = read_minimum_wage()
    kept = first >= 0
    peer = csdid(outcome[kept], first[kept], control="not_yet", est_method="dr")
    found = estimate_callaway_santanna(
        outcome[kept], first[kept], cluster=county[kept], **LEVEL, control="not_yet"
    )
    assert_means_equal_csdid(found, peer)
    assert any("last cohort" in note for note in found.notes)


def test_weights_equal_csdid():
    outcome, first, covariates, _ = read_minimum_wage()
    weight = np.exp(covariates[:, 0] / 4)
    peer = csdid(outcome, first, covariates=covariates, weight=weight, control="never",
                 est_method="dr")  # fmt: skip
    assert_means_equal_csdid(estimate_wages(adjusted=True, weight=weight), peer)


def test_one_cohort_and_two_periods_are_the_2x2():
    rng = np.random.default_rng(1)
    outcome = rng.normal(size=(60, 2))
    first = np.where(np.arange(60) < 20, 1, -1)
    found = estimate_callaway_santanna(outcome, first, cluster=np.arange(60), **LEVEL)
    plain = estimate_did_2x2(
        outcome[:, 0],
        outcome[:, 1],
        first == 1,
        weight=np.ones(60),
        matched_set=np.zeros(60, int),
        person=np.arange(60),
        confidence_level=0.95,
        cluster_on=("person",),
    )
    factor = 60 / 59 * 119 / 116
    for name in ("simple", "event_time", "cohort", "calendar"):
        assert_allclose(found.overall[name].att, plain.att, rtol=1e-12)
        assert_allclose(found.overall[name].se * np.sqrt(factor), plain.se, rtol=1e-12)


def test_whole_days_and_row_order_change_nothing():
    rng = np.random.default_rng(2)
    outcome = rng.integers(0, 31, (80, 5)).astype(np.int16)
    first = rng.choice([-1, 2, 3], 80)
    order = rng.permutation(80)
    plain = estimate_callaway_santanna(outcome, first, cluster=np.arange(80), **LEVEL)
    other = estimate_callaway_santanna(
        outcome[order].astype(float), first[order], cluster=np.arange(80)[order], **LEVEL
    )
    assert_allclose(plain.att, other.att, rtol=1e-12)
    assert_allclose(plain.paths["event_time"].se, other.paths["event_time"].se, rtol=1e-12)


def test_a_cohort_without_controls_in_a_period_has_a_note_and_no_row():
    outcome = np.random.default_rng(3).normal(size=(40, 4))
    first = np.repeat([1, 2, 3, -1], 10)
    covariate = np.where(first == 1, 5.0, np.random.default_rng(4).normal(size=40))[:, None]
    found = estimate_callaway_santanna(
        outcome, first, cluster=np.arange(40), covariates=covariate, control="never", **LEVEL
    )
    assert 1 not in found.cohort
    assert any(note.startswith("cohort 1 in period") for note in found.notes)


def test_a_cohort_of_one_person_has_a_note_and_a_term_without_error_none():
    outcome = np.random.default_rng(6).normal(size=(41, 4))
    first = np.append(np.repeat([-1, 2], 20), 3)
    found = estimate_callaway_santanna(outcome, first, cluster=np.arange(41), **LEVEL)
    assert 3 not in found.cohort
    assert any("cohort 3 in period 3 has 1 treated" in note for note in found.notes)
    outcome[:, :2] = 7.0  # nothing happens before treatment
    path = estimate_callaway_santanna(outcome, first, cluster=np.arange(41), **LEVEL).paths[
        "event_time"
    ]
    assert -1 not in path.term
    assert path.notes == ("event_time -1: no error, nobody varies",)
    assert (path.se > 0).all()


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        ({"first": np.full(40, -1)}, NotIdentifiedError, "nobody is treated"),
        ({"first": np.full(40, 0)}, NotIdentifiedError, "nobody is treated"),
        ({"first": np.full(40, 2)}, NoControlsError, "nobody is never treated"),
        ({"first": np.full(40, 4)}, EstimationError, "beyond the last column"),
        ({"cluster": np.zeros(40, int)}, NotIdentifiedError, "at least 2 clusters"),
        ({"outcome": np.full((40, 4), 30.0)}, NotIdentifiedError, "same for all"),
        ({"outcome": np.full((40, 4), np.nan)}, EstimationError, "missing .* 40 persons"),
        ({"weight": np.zeros(40)}, EstimationError, "above zero"),
        ({"anticipation": -1}, EstimationError, "anticipation is -1"),
        ({"confidence_level": 95}, EstimationError, "confidence_level is 95"),
        (
            {"covariates": np.where(np.arange(40) < 20, 1.0, 0.0)[:, None]},
            NoOverlapError,
            "separate",
        ),
        ({"covariates": np.ones((40, 1)), "method": "reg"}, NotIdentifiedError, "sums of one"),
    ],
)
def test_what_cannot_be_estimated_is_refused(changed, error, problem):
    given = {
        "outcome": np.random.default_rng(5).normal(size=(40, 4)),
        "first": np.where(np.arange(40) < 20, 2, -1),
        "cluster": np.arange(40),
        "control": "never",
        **LEVEL,
    } | changed
    outcome, first = given.pop("outcome"), given.pop("first")
    with pytest.raises(error, match=problem):
        estimate_callaway_santanna(outcome, first, **given)
