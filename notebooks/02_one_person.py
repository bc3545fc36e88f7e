# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # One person's spells, step by step
# The spell engine alone (`evaluation.spells`): no study, no delivery. The person is drawn, with
# everything that makes counting days hard: two half positions, a double row, a graded return, the
# benefits that AAP replaced on 1 March 2010, and a gap shorter than the employer period.

# %%
from datetime import date

import pandas as pd

from evaluation.spells import SpellSettings, build_person_time, count_outcomes

spells = pd.DataFrame(
    [
        # benefit, first day, last day (inclusive), grade, job, position
        ("SP", "2009-03-02", "2009-05-31", 100, "A", 50),
        ("SP", "2009-03-02", "2009-04-30", 100, "B", 50),
        ("SP", "2009-03-02", "2009-04-30", 100, "B", 50),  # the same row twice
        ("SP", "2009-05-01", "2009-05-31", 40, "B", 50),  # job B: a graded return
        ("SP", "2009-06-10", "2010-01-15", 100, "A", 50),  # nine days at work between
        ("RP", "2010-01-16", "2010-02-28", None, None, None),
        ("TU", "2010-02-01", "2010-02-28", 50, None, None),  # two benefits at once
        ("AAP", "2010-03-01", "2010-12-31", None, None, None),
    ],
    columns=[
        "benefit_code",
        "start_date",
        "end_date",
        "grade_percent",
        "job_id",
        "position_percent",
    ],
).assign(person_id="drawn")

settings = SpellSettings(first_date=date(2006, 1, 1), last_date=date(2020, 12, 31))
time = build_person_time(spells, settings)

# %% [markdown]
# **Intervals.** Days with one and the same set of benefits; no two overlap, `until_date` is the
# first day after. In May the person is 70 per cent sick: one half position in full, the other to
# 40 per cent.

# %%
print(time.intervals.to_pandas().drop(columns="person_id").to_string(index=False))

# %% [markdown]
# **Sick-leave spells.** The nine days in June are fewer than sixteen, so the absence goes on.

# %%
print(time.sick_leave_spells.to_pandas().drop(columns="person_id").T.to_string(header=False))

# %% [markdown]
# **Counting.** Benefit days are the union: on 1 March 2010 none is lost and none counts twice.
# The sum over benefits is larger, because February had two at once.

# %%
indexes = pd.DataFrame({"person_id": ["drawn"], "index_date": [date(2010, 1, 1)]})
windows = {"before": (-365, 0), "after": (0, 365)}
days = count_outcomes(time, indexes, windows).to_pandas()
print(days.drop(columns=["person_id", "index_date"]).T.to_string(header=False))
