"""Write what the R scripts here read: `python tests/reference/r/inputs.py` in the repository."""

from pathlib import Path

import numpy as np
import pandas as pd
from reference.matched_sets import draw_matched_sets, stack

DATA = Path(__file__).parents[2] / "data" / "r"


def main() -> None:
    """Write the panels; numbers with few decimals, so that R reads the same ones."""
    sets = stack(draw_matched_sets(11), [0, 1]).round({"y": 3})
    sets["days"] = sets["y"].clip(lower=0).round().astype(int)
    sets.to_csv(DATA / "matched_panel.csv", index=False)
    path = stack(draw_matched_sets(13, n_periods=6), np.arange(-3, 3)).round({"y": 3})
    path.to_csv(DATA / "matched_path.csv", index=False)
    rng = np.random.default_rng(12)
    n_units, n_periods = 60, 6
    first = rng.choice([-1, 2, 3, 4], n_units)
    unit, period = (part.ravel() for part in np.indices((n_units, n_periods)))
    d = ((first[unit] >= 0) & (period >= first[unit])).astype(int)
    y = rng.normal(0, 3, n_units)[unit] + period + 1.5 * d + rng.normal(size=unit.size)
    staggered = pd.DataFrame({"unit": unit, "period": period, "first": first[unit], "d": d, "y": y})
    staggered = staggered[rng.random(len(staggered)) > 0.1].round({"y": 3})
    staggered.to_csv(DATA / "staggered_panel.csv", index=False)


if __name__ == "__main__":
    main()
