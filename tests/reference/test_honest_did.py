"""Honest limits against the printed results of R HonestDiD, and against linear programs.

HonestDiD 0.2.8, README: Medicaid expansion, `feols(dins ~ i(year, D, ref = 2013) | stfips +
year, cluster = "stfips")`, five years before, two after, the first year after. R tests a grid
of 1,000 values over 40 standard errors and draws the first-stage quantile 1,000 times, so its
relative-magnitude limits are good to a grid step and that noise: 6e-4 here.
"""

import moderndid
import numpy as np
import pyfixest as pf
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators import honest_magnitudes
from evaluation.estimators.honest_magnitudes import estimate_relative_magnitude_interval
from evaluation.estimators.honest_smoothness import estimate_smoothness_interval
from evaluation.estimators.pre_post import PrePost, build_pre_post

# What moderndid and pyfixest import warns of its own ways.
pytestmark = pytest.mark.filterwarnings("ignore")
LEVEL = {"confidence_level": 0.95}
FIRST = np.array([1.0, 0.0])
R_SMOOTHNESS = {
    0.0: (0.0259, 0.0607), 0.01: (0.0132, 0.0787), 0.02: (0.00286, 0.0907),
    0.03: (-0.00714, 0.101), 0.04: (-0.0171, 0.111), 0.05: (-0.0271, 0.121),
}  # fmt: skip
R_MAGNITUDES = {
    0.5: (0.0241, 0.0673), 1.0: (0.0171, 0.0720), 1.5: (0.00859, 0.0796), 2.0: (-0.00107, 0.0883),
}  # fmt: skip


@pytest.fixture(scope="module")
def medicaid():
    data = moderndid.load_ehec().to_pandas()
    data = data[(data["year"] < 2016) & (data["yexp2"].isna() | (data["yexp2"] != 2015))]
    fit = pf.feols(
        "dins ~ i(year, D, ref=2013) | stfips + year",
        data.assign(D=(data["yexp2"] == 2014).astype(float)),
        vcov={"CRV1": "stfips"},
    )
    zeros = np.zeros((8, 8))
    kept = np.delete(np.arange(8), 5)
    zeros[np.ix_(kept, kept)] = fit._vcov
    att = np.insert(fit.coef().to_numpy(), 5, 0.0)
    return build_pre_post(np.arange(-6, 2), att, zeros, last_before=-1)


def test_the_path_is_that_of_the_readme(medicaid):
    assert_allclose(medicaid.pre[0], -0.005285354532721, rtol=1e-6)
    assert_allclose(medicaid.post, [0.046446854159946, 0.069206175479022], rtol=1e-6)
    assert_allclose(np.sqrt(medicaid.covariance[5, 5]), 0.00915186801952, rtol=1e-6)


@pytest.mark.parametrize("bound", R_SMOOTHNESS)
def test_smoothness_limits_equal_r(medicaid, bound):
    found = estimate_smoothness_interval(medicaid, target=FIRST, bound=bound, **LEVEL)
    # Three digits are printed.
    assert_allclose([found.ci_low, found.ci_high], R_SMOOTHNESS[bound], rtol=0.006, atol=1e-4)


@pytest.mark.parametrize("bound", R_MAGNITUDES)
def test_relative_magnitude_limits_equal_r(medicaid, bound):
    found = estimate_relative_magnitude_interval(medicaid, target=FIRST, bound=bound, seed=1,
                                                 **LEVEL)  # fmt: skip
    assert_allclose([found.ci_low, found.ci_high], R_MAGNITUDES[bound], atol=6e-4)


def draw_path(seed, n_pre=3, n_post=3):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n_pre + n_post, n_pre + n_post))
    covariance = root @ root.T / 6 + 0.3 * np.eye(n_pre + n_post)
    values = rng.multivariate_normal(np.append(np.zeros(n_pre), np.full(n_post, 4.0)), covariance)
    return PrePost(values[:n_pre], values[n_pre:], covariance)


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_moment_equals_the_linear_program_over_other_effects(seed):
    path, bound = draw_path(seed), 0.8
    target = np.random.default_rng(seed).normal(size=3)
    value, place, sign = 1.3, 1, -1.0
    family = honest_magnitudes._build_moments(
        path, target, bound, place, sign, 0.005, np.zeros((2, 5))
    )
    largest = (family.loading @ [family.effect - value, family.step]).max()
    # Rows: +-(d[t+1] - d[t]) - bound * sign * (d[place+1] - d[place]) <= 0, d = path - effects.
    post = np.zeros((3, 6))
    post[:, 3:] = np.eye(3) - np.eye(3, k=-1)
    step = np.zeros(6)
    step[place], step[place + 1] = -sign, sign
    rows = np.vstack([post, -post]) - bound * step
    errors = np.sqrt(np.einsum("rk,kl,rl->r", rows, path.covariance, rows))
    observed = rows @ np.append(path.pre, path.post)
    # Least eta with observed - rows[:, post] @ effects <= eta * errors, target @ effects = value.
    program = linprog(
        [1, 0, 0, 0],
        A_ub=np.column_stack([-errors, -rows[:, 3:]]),
        b_ub=-observed,
        A_eq=[[0, *target]],
        b_eq=[value],
        bounds=[(None, None)] * 4,
    )
    assert_allclose(largest, program.fun, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("seed", "bound"), [(0, 0.0), (1, 0.1), (2, 1.0)])
def test_the_worst_bias_equals_a_linear_program_and_no_weights_are_shorter(seed, bound):
    path, target = draw_path(seed), np.full(3, 1 / 3)
    found = estimate_smoothness_interval(path, target=target, bound=bound, **LEVEL)
    time = np.array([-3, -2, -1, 1, 2, 3])

    def half_length(weights):
        chosen = np.array([*weights, -(weights @ [-3, -2] + target @ [1, 2, 3]) / -1, *target])
        assert abs(chosen @ time) < 1e-9
        # Trends d at -3..3 with d = 0 at 0, and bends within the bound.
        bend = np.zeros((5, 7))
        for row in range(5):
            bend[row, row : row + 3] = 1, -2, 1
        objective = np.insert(chosen, 3, 0.0)
        program = linprog(
            -objective,
            A_ub=np.vstack([bend, -bend]),
            b_ub=np.full(10, bound),
            A_eq=[[0, 0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0]],
            b_eq=[0, 0],
            bounds=[(None, None)] * 7,
        )
        sd = np.sqrt(chosen @ path.covariance @ chosen)
        bias = -program.fun / sd
        grid = np.linspace(bias, bias + 4, 4001)
        covered = norm.cdf(grid - bias) - norm.cdf(-grid - bias)
        return np.interp(0.95, covered, grid) * sd

    best = minimize(half_length, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-5})
    assert_allclose((found.ci_high - found.ci_low) / 2, best.fun, rtol=2e-4)


def test_limits_hold_the_effect_as_often_as_they_say():
    rng = np.random.default_rng(1)
    covariance = 0.2 * np.eye(5) + 0.1
    # Steps before: 0.5 and -0.5; after: 0.5 each. At bound 1 that is just allowed.
    trend = np.array([0.0, 0.5, 0.5, 1.0, 1.5])
    held = {"relative": [], "smooth": []}
    for number in range(120):
        drawn = rng.multivariate_normal(trend + np.array([0, 0, 2, 2, 2]), covariance)
        path = PrePost(drawn[:2], drawn[2:], covariance)
        settings = {"target": np.full(3, 1 / 3), **LEVEL}
        relative = estimate_relative_magnitude_interval(path, bound=1.0, seed=number, **settings)
        smooth = estimate_smoothness_interval(path, bound=1.0, **settings)
        held["relative"].append(relative.ci_low < 2 < relative.ci_high)
        held["smooth"].append(smooth.ci_low < 2 < smooth.ci_high)
    # 120 draws of 95 %: three standard errors are 6 %.
    assert np.mean(held["relative"]) > 0.89
    assert np.mean(held["smooth"]) > 0.89


def test_wider_bounds_give_wider_limits(medicaid):
    widths = [
        (low.ci_high - low.ci_low)
        for bound in (0.0, 0.5, 1.0, 2.0)
        for low in [
            estimate_relative_magnitude_interval(
                medicaid, target=np.full(2, 0.5), bound=bound, seed=2, **LEVEL
            )
        ]
    ]
    assert widths == sorted(widths)


def test_the_base_of_the_path_changes_nothing():
    rng = np.random.default_rng(3)
    time = np.arange(-4, 3)
    root = rng.normal(size=(7, 7))
    levels, covariance = rng.normal(size=7), root @ root.T
    paths = []
    for base in (1, 3):
        change = np.eye(7)
        change[:, base] -= 1
        paths.append(
            build_pre_post(time, change @ levels, change @ covariance @ change.T, last_before=-1)
        )
    assert_allclose(paths[0].pre, paths[1].pre, atol=1e-12)
    assert_allclose(paths[0].covariance, paths[1].covariance, atol=1e-12)


def test_paths_and_bounds_that_cannot_be_are_refused(medicaid):
    time, eye = np.array([-2, 0, 1]), np.eye(3)
    with pytest.raises(NotIdentifiedError, match="consecutive"):
        build_pre_post(time, np.zeros(3), eye, last_before=-1)
    with pytest.raises(NotIdentifiedError, match="need a period before"):
        build_pre_post(np.array([-1, 0, 1]), np.zeros(3), eye, last_before=-1)
    with pytest.raises(EstimationError, match="same periods"):
        build_pre_post(time, np.zeros(2), eye, last_before=-1)
    for estimate, more in (
        (estimate_smoothness_interval, {}),
        (estimate_relative_magnitude_interval, {"seed": 1}),
    ):
        with pytest.raises(EstimationError, match="target has shape"):
            estimate(medicaid, target=np.ones(3), bound=1.0, **LEVEL, **more)
        with pytest.raises(EstimationError, match="bound is -1"):
            estimate(medicaid, target=FIRST, bound=-1.0, **LEVEL, **more)
        bad = PrePost(np.zeros(1), np.zeros(1), np.array([[1.0, 2.0], [2.0, 1.0]]))
        with pytest.raises(NotIdentifiedError, match="not positive"):
            estimate(bad, target=np.ones(1), bound=1.0, **LEVEL, **more)
        still = PrePost(np.zeros(1), np.zeros(1), np.diag([1.0, 0.0]))
        with pytest.raises(EstimationError, match="without error"):
            estimate(still, target=np.ones(1), bound=1.0, **LEVEL, **more)


def test_one_period_before_and_one_after_have_limits():
    path = PrePost(np.array([0.5]), np.array([3.0]), np.diag([0.04, 0.04]))
    line = estimate_smoothness_interval(path, target=np.ones(1), bound=0.0, **LEVEL)
    # A straight line through the period before adds its 0.5 to the effect: 3.5 (0.283).
    assert_allclose([line.ci_low, line.ci_high], 3.5 + 1.959964 * np.sqrt(0.08) * np.array([-1, 1]),
                    rtol=1e-6)  # fmt: skip
    found = estimate_relative_magnitude_interval(
        path, target=np.ones(1), bound=1.0, seed=1, **LEVEL
    )
    assert found.ci_low < 3 - 0.5 < 3 + 0.5 < found.ci_high
