# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # A first look at the results of a run
# After `make demo` the results lie in `demo/out`. Another folder: set EVALUATION_OUT.

# %%
import os
from pathlib import Path

import pandas as pd

results = Path(os.environ.get("EVALUATION_OUT", "demo/out")) / "results"
estimates = pd.read_parquet(results / "estimates.parquet")

# %% [markdown]
# Sick leave and all health-related benefits side by side, in days: a fall in one may be a rise
# in the other.

# %%
headline = estimates.query("estimator == 'did_2x2' and subgroup == 'all'")
effects = headline.pivot(index="sector", columns="outcome", values=["att", "ci_low", "ci_high"])
print(effects.round(1).to_string())

# %% [markdown]
# Who was matched, of all with a treatment contact.

# %%
share = pd.read_parquet(results / "matched_share.parquet")
print(share[["sector", "n_persons", "n_matched", "matched_share"]].round(3).to_string(index=False))

# %% [markdown]
# Synthetic registers only: what was planted.

# %%
truth = results / "verify.parquet"
if truth.exists():
    verify = pd.read_parquet(truth)
    columns = ["sector", "outcome", "true_att", "att", "z", "covered"]
    print(verify[columns].round(2).to_string(index=False))
