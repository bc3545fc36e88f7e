"""`python -m synthetic_data.recovery docs/recovery.md --work DIR`: replicate and write the page."""

import argparse
from pathlib import Path

from rich.console import Console

from synthetic_data.recovery.gate import read_gate, run_gate, write_gate
from synthetic_data.recovery.page import write_page
from synthetic_data.recovery.plan import ASSUMPTIONS_HOLD, FEW, FIRST_SEEDS, MANY, plan_batches
from synthetic_data.recovery.runner import read_batches, run_batches
from synthetic_data.recovery.sizes import read_sizes, run_sizes, write_sizes

_MOST_RUNS = 1_000
"""More runs for the gate than anybody makes; those that are there are shown."""


def main() -> None:
    """Run what is missing and write the page."""
    parser = argparse.ArgumentParser(prog="python -m synthetic_data.recovery")
    parser.add_argument("page", type=Path, help="the page to write, docs/recovery.md")
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps replicates")
    parser.add_argument("--many", type=int, default=MANY, help="replicates of sintef and null")
    parser.add_argument("--few", type=int, default=FEW, help="replicates of the others")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--page-only", action="store_true", help="of what is there already")
    parser.add_argument("--gate", type=int, default=0, help="runs by scenario for the gate")
    options = parser.parse_args()
    numbers = {
        name: options.many if name in ASSUMPTIONS_HOLD else options.few for name in FIRST_SEEDS
    }
    batches = plan_batches(numbers)
    if not options.page_only:
        run_batches(batches, options.work, workers=options.workers, console=Console())
        run_gate(options.gate, options.work, workers=options.workers, console=Console())
        run_sizes(options.work, workers=options.workers, console=Console())
    parts = [
        write_gate(read_gate(_MOST_RUNS, options.work)),
        write_sizes(read_sizes(options.work)),
    ]
    write_page(read_batches(batches, options.work), options.page, parts)


if __name__ == "__main__":
    main()
