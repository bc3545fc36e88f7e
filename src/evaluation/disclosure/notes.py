"""Rules for notes: what an estimator says of a sector of a few persons would tell of each."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.disclosure.marks import POOLED


def hide_notes(notes: Sequence[str], shown: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Leave out the notes on sectors whose estimates or matched persons are hidden.

    Args:
        notes: Lines of the estimators; a sector stands as `SECTOR,` or `SECTOR:`.
        shown: Result tables after disclosure control.
    """
    hidden = set[str]()
    for name, column in (("estimates", "n_treated"), ("matched_share", "n_matched")):
        if name in shown:
            rows = shown[name]
            everybody = rows["subgroup"].eq("all") if "subgroup" in rows else True
            is_hidden = rows[column].isna() & everybody
            hidden |= set(rows.loc[is_hidden, "sector"].dropna())
    hidden -= {POOLED}
    names = re.compile(rf"\b(?:{'|'.join(sorted(hidden))})[,:]") if hidden else None
    return tuple(note for note in notes if names is None or not names.search(note))
