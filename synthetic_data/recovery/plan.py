"""What is replicated: scenarios, seeds and numbers, so that one command gives the same page."""

from dataclasses import dataclass

PERSONS = 20_000
"""One block: enough for some sixty matched treated in rehabilitation in every replicate."""
FIRST_SEEDS = {
    "sintef": 100_000,
    "null": 200_000,
    "dip": 300_000,
    "trend": 400_000,
    "anticipation": 500_000,
    "coding_loss": 600_000,
    "unmeasured": 700_000,
    "ceiling": 800_000,
    "heterogeneous": 900_000,
    "spillover": 1_000_000,
    "staggered": 1_100_000,
    "small": 1_200_000,
    "illness": 1_300_000,
    "leaving": 1_400_000,
    "scarce": 1_500_000,
}
"""Seed of the first replicate; the next has the next one. Chosen once, before any result."""
ASSUMPTIONS_HOLD = ("sintef", "null")
"""Scenarios in which every estimator here is meant to find the truth."""
MANY, FEW = 2_000, 100
N_WHOLE = 200
"""Replicates that have the naive contrast too, which takes everybody."""
BATCH = 10
"""Replicates of a task; a killed run loses at most so many for each worker."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Replicates that are made together and written to one file.

    Attributes:
        scenario: Its name.
        first: Number of the first replicate, from 0.
        count: How many.
        persons: Size of each population.
        n_whole: Replicates below this number count those without a comparable stratum too.
    """

    scenario: str
    first: int
    count: int
    persons: int
    n_whole: int

    @property
    def seeds(self) -> list[int]:
        """One for each replicate."""
        begin = FIRST_SEEDS[self.scenario] + self.first
        return list(range(begin, begin + self.count))

    @property
    def name(self) -> str:
        """File name without ending."""
        return f"{self.scenario}-{self.persons}-{self.first:05d}-{self.count}"


def plan_batches(
    numbers: dict[str, int], *, persons: int = PERSONS, n_whole: int = N_WHOLE
) -> list[Batch]:
    """Cut the replicates of each scenario in batches; scenarios take turns.

    Args:
        numbers: Replicates by scenario.
        persons: Size of each population.
        n_whole: Replicates of a scenario that have the naive contrast.
    """
    batches = [
        Batch(scenario, first, min(BATCH, number - first), persons, n_whole)
        for scenario, number in numbers.items()
        for first in range(0, number, BATCH)
    ]
    # What was planned first is done first, and both of the long ones grow alike.
    order = {scenario: place for place, scenario in enumerate(numbers)}
    is_few = {scenario: number <= FEW for scenario, number in numbers.items()}
    return sorted(batches, key=lambda b: (is_few[b.scenario], b.first, order[b.scenario]))
