"""docs/recovery.md: what the replicates say, with seeds, versions and the time they took."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from synthetic_data.recovery import pictures
from synthetic_data.recovery.plan import ASSUMPTIONS_HOLD, FIRST_SEEDS, PERSONS
from synthetic_data.recovery.summary import summarise_estimates, summarise_event_times

_PACKAGES = ("duckdb", "numpy", "pandas", "pyarrow", "scipy")
_ESTIMATORS = ("did_2x2", "event_study", "stratified", "poisson", "callaway_santanna")
_IN_WINDOW_DAYS = ("did_2x2", "stratified", "poisson", "callaway_santanna", "naive")
_DEFAULT = "did_2x2"
_CLAIMED, _LOW, _HIGH = 0.95, 0.94, 0.96
_ROUNDING = 1e-9
_FEWEST = 20
"""Treated in a replicate, on average, below which a sector is shown and not held to anything."""
_HEAD = """\
# Recovery: does each estimator find the truth?

Made by `make recovery`. A replicate is a population of {persons:,} synthetic persons with a planted
effect, the pipeline's own SQL (`sql/`), and the estimators. Bias is against the mean planted effect
of the treated that are in the estimate. Coverage is of the mean effect on the treated of all
replicates, the effect that an interval promises to hold; "own" is coverage of the mean effect on
the treated of the replicate itself. Where treatment makes outcomes more alike, the own mean strays
a little further than a standard error can know. Everything is days per window of 365 days, but for
event_study: the mean of the periods from the index date on, days per period of 30 days. Each
figure has its Monte Carlo error. Synthetic: made from published aggregates only.

{counts}

Seeds: {seeds}; each replicate has the next one. Versions: {versions}; Python {python}.
The replicates took {hours:.1f} hours of processor time, {seconds:.1f} seconds each.

callaway_santanna is the mean of the quarters from the index date against the first quarter, in
days per window; its errors come from the sets of single index years, so that it needs more treated
than the others. twfe is not here: in this design it is biased by construction, and only made when a
study asks for it. TSB has some four treated in a replicate and is shown for completeness.
"""


def write_page(rows: pd.DataFrame, target: Path, more: Sequence[str] = ()) -> None:
    """Write the page and its pictures, which stand in a folder of the page's name.

    Args:
        rows: All replicates: estimates with scenario, seed and seconds.
        target: The page.
        more: Parts that follow: the gate, sizes; "" where there is none.
    """
    table, times = summarise_estimates(rows), summarise_event_times(rows)
    folder = target.with_suffix("")
    parts = [_write_head(rows), _write_verdict(table)]
    for scenario in ASSUMPTIONS_HOLD:
        mine = table[(table["scenario"] == scenario) & table["estimator"].isin(_ESTIMATORS)]
        if len(mine):
            parts.append(_write_scenario(mine, scenario, folder))
            parts.append(_write_event_times(times, scenario, folder))
    parts += [_write_bias(table, folder), *more]
    target.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _write_head(rows: pd.DataFrame) -> str:
    each = rows.drop_duplicates(["scenario", "seed"])
    counts = each.groupby("scenario", sort=False).size()
    seeds = ", ".join(f"{name} from {FIRST_SEEDS[str(name)]}" for name in counts.index)
    return _HEAD.format(
        persons=PERSONS,
        counts="Replicates: " + ", ".join(f"{name} {n:,}" for name, n in counts.items()) + ".",
        seeds=seeds,
        versions=", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        python=platform.python_version(),
        hours=each["seconds"].sum() / 3600,
        seconds=each["seconds"].mean(),
    )


def _write_verdict(table: pd.DataFrame) -> str:
    told = table[table["scenario"].isin(ASSUMPTIONS_HOLD) & (table["n_treated"] >= _FEWEST)]
    mine = told[told["estimator"] == _DEFAULT]
    inside = mine[mine["coverage"].between(_LOW, _HIGH)]
    outside = mine.drop(inside.index)
    false = mine[(mine["scenario"] == "null")]
    lines = [
        "## In short",
        "",
        f"- Coverage of {_DEFAULT} is {_percent(mine['coverage'].min())} to"
        f" {_percent(mine['coverage'].max())}; {len(inside)} of {len(mine)} cells (scenario,"
        f" sector, outcome) lie between {_percent(_LOW)} and {_percent(_HIGH)}, and their mean is"
        f" {_percent(mine['coverage'].mean())}. Were it {_percent(_CLAIMED)} in every cell, chance"
        f" would leave {expect_outside(mine['replicates']):.1f} of them outside.",
        f"- False positive rate of {_DEFAULT} in null: {_percent(false['rejected'].min())} to"
        f" {_percent(false['rejected'].max())}.",
    ]
    lines += [
        f"- Outside: {row.scenario}, {row.sector}, {row.outcome}: {_percent(row.coverage)} ±"
        f" {_percent(1.96 * row.coverage_error)}"
        for row in outside.itertuples()
    ]
    for name, rows in told[~told["estimator"].isin([_DEFAULT, "naive"])].groupby(
        "estimator", sort=False
    ):
        lowest = rows.loc[rows["coverage"].idxmin()]
        lines.append(
            f"- Coverage of {name}: {_percent(lowest['coverage'])} ({lowest['scenario']},"
            f" {lowest['sector']}, {lowest['outcome']}) to {_percent(rows['coverage'].max())}."
        )
    return "\n".join([*lines, ""])


def expect_outside(replicates: pd.Series) -> float:
    """Expect how many cells lie outside by chance, where each covers as it claims.

    Args:
        replicates: Of each cell.
    """
    n = replicates.to_numpy()
    low, high = np.ceil(_LOW * n - _ROUNDING), np.floor(_HIGH * n + _ROUNDING)
    inside = binom.cdf(high, n, _CLAIMED) - binom.cdf(low - 1, n, _CLAIMED)
    return float((1 - inside).sum())


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _write_scenario(table: pd.DataFrame, scenario: str, folder: Path) -> str:
    is_large = table["n_treated"] >= _FEWEST
    pictures.draw_coverage(table[is_large], folder / f"coverage_{scenario}.svg")
    head = (
        f"## {scenario}\n\n![Coverage in {scenario}]({folder.name}/coverage_{scenario}.svg)\n\n"
        f"Colours: {pictures.name_colours(_ESTIMATORS)}. Lines: 95 % Monte Carlo interval.\n\n"
        "| estimator | sector | outcome | n | treated | truth | bias | ± | rmse | mean se |"
        " spread | coverage, % | ± | own, % | interval leaves out 0, % | ± |\n"
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    return head + "".join(_write_row(row) for _, row in table.iterrows())


def _write_row(row: "pd.Series") -> str:
    cells = [
        *(str(row[name]) for name in ("estimator", "sector", "outcome")),
        f"{row['replicates']:,}",
        f"{row['n_treated']:,.0f}",
        *(f"{row[name]:.2f}" for name in ("true_att", "bias")),
        f"{1.96 * row['bias_error']:.2f}",
        *(f"{row[name]:.2f}" for name in ("rmse", "mean_se", "spread")),
        f"{100 * row['coverage']:.1f}",
        f"{196 * row['coverage_error']:.1f}",
        f"{100 * row['realised_coverage']:.1f}",
        f"{100 * row['rejected']:.1f}",
        f"{196 * row['rejected_error']:.1f}",
    ]
    return f"| {' | '.join(cells)} |\n"


def _write_event_times(times: pd.DataFrame, scenario: str, folder: Path) -> str:
    mine = times[(times["scenario"] == scenario) & (times["n_treated"] >= _FEWEST)]
    lines = ["", f"### Event study in {scenario}, period by period", ""]
    for outcome, rows in mine.groupby("outcome", sort=False):
        name = f"event_time_{scenario}_{outcome}.svg"
        pictures.draw_event_times(rows, folder / name)
        lines += [f"![Coverage by event time, {outcome}]({folder.name}/{name})", ""]
        lines += [
            f"{outcome}: coverage {_percent(rows['coverage'].min())} to"
            f" {_percent(rows['coverage'].max())} over sectors and periods; largest bias"
            f" {rows['bias'].abs().max():.2f} days in a period.",
            "",
        ]
    return "\n".join(lines)


def _write_bias(table: pd.DataFrame, folder: Path) -> str:
    days = table[table["estimator"].isin(_IN_WINDOW_DAYS) & (table["n_treated"] >= _FEWEST)]
    pooled = days[(days["sector"] == "ALL") & (days["outcome"] == "sick_leave_days")]
    pictures.draw_bias(pooled, folder / "bias.svg")
    lines = [
        "## Size of bias, in days",
        "",
        "Mean of estimate less truth over the replicates, ± 1.96 standard errors. The published"
        " design is did_2x2; naive is the difference of changes without matching.",
        "",
        f"![Bias by scenario, all sectors, sick leave]({folder.name}/bias.svg)",
        "",
        f"Colours: {pictures.name_colours(_IN_WINDOW_DAYS)}.",
        "",
        f"| scenario | sector | outcome | n | truth | {' | '.join(_IN_WINDOW_DAYS)} |",
        f"|---|---|---|--:|--:|{'--:|' * len(_IN_WINDOW_DAYS)}",
    ]
    for (scenario, sector, outcome), rows in days.groupby(
        ["scenario", "sector", "outcome"], sort=False
    ):
        by_name = {str(row["estimator"]): row for _, row in rows.iterrows()}
        if _DEFAULT not in by_name:
            continue
        first = by_name[_DEFAULT]
        cells = [scenario, sector, outcome, f"{first['replicates']:,}", f"{first['true_att']:.2f}"]
        cells += [_tell_bias(by_name.get(name)) for name in _IN_WINDOW_DAYS]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, ""])


def _tell_bias(row: "pd.Series | None") -> str:
    return "" if row is None else f"{row['bias']:+.2f} ± {1.96 * row['bias_error']:.2f}"
