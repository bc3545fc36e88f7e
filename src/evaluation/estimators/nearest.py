"""Nearest controls inside exact cells: by propensity score or index date, within a caliper.

Here is greedy matching on one number. Exact matching of many rows is in sql/marts.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError
from evaluation.results import BoolVector, FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class NearestPairs:
    """Who was matched with whom; arrays have shape (n_pairs,).

    Attributes:
        treated: Place of the treated unit.
        control: Place of its control.
        distance: Between them, unit of the position.
        unmatched: Places of the treated without any control within the caliper.
    """

    treated: IntVector
    control: IntVector
    distance: FloatVector
    unmatched: IntVector


def match_nearest(
    position: FloatVector,
    is_treated: BoolVector,
    *,
    cell: IntVector,
    tie_order: IntVector,
    n_controls: int,
    caliper: float,
    with_replacement: bool = False,
) -> NearestPairs:
    """Match each treated with its nearest free controls of the same cell.

    In rounds, so that every treated gets a first control before any gets a second. In a round
    the treated with the highest position choose first, since controls there are fewest; then
    `tie_order` decides, among treated and among controls equally near. The order of the rows
    decides nothing.

    Args:
        position: Such as the logit of the score or the index date, finite, shape (n_units,).
        is_treated: Arm, shape (n_units,).
        cell: Controls are of the cell of the treated, codes from 0, shape (n_units,).
        tie_order: A seeded hash of the person, no two alike, shape (n_units,).
        n_controls: At most so many controls for a treated, above 0.
        caliper: Largest distance, unit of the position, above 0; inf for none.
        with_replacement: A control may serve several treated.

    Returns:
        Pairs ordered by treated and distance, and who is left.

    Raises:
        EstimationError: Shapes differ, a position is missing, ties are not decided, or a
            number is not above 0.

    Source: Stuart (2010), doi:10.1214/09-STS313, section 3.
    Checked against R MatchIt (tests/reference/test_against_r.py) and loops (test_weights.py there).
    """
    _check(position, is_treated, cell, tie_order, n_controls, caliper)
    control = np.flatnonzero(~is_treated)
    control = control[np.lexsort((tie_order[control], position[control], cell[control]))]
    starts = np.searchsorted(cell[control], np.arange(int(cell.max(initial=-1)) + 2))
    treated = np.flatnonzero(is_treated)
    treated = treated[np.lexsort((tie_order[treated], -position[treated], cell[treated]))]
    queue = _Free(position[control], tie_order[control], starts)
    pairs: list[tuple[int, int, float]] = []
    taken: dict[int, set[int]] = {}
    for _ in range(n_controls):
        for unit in treated.tolist():
            own = taken.setdefault(unit, set())
            place = queue.nearest(position[unit], int(cell[unit]), own)
            if place < 0 or abs(queue.position[place] - position[unit]) > caliper:
                continue
            distance = float(abs(queue.position[place] - position[unit]))
            pairs.append((unit, int(control[place]), distance))
            if with_replacement:
                own.add(place)
            else:
                queue.take(place)
    pairs.sort(key=lambda pair: (pair[0], pair[2], int(tie_order[pair[1]])))
    columns = list(zip(*pairs, strict=True)) if pairs else [(), (), ()]
    matched = np.array(columns[0], dtype=np.int64)
    return NearestPairs(
        treated=matched,
        control=np.array(columns[1], dtype=np.int64),
        distance=np.array(columns[2], dtype=np.float64),
        unmatched=np.setdiff1d(np.flatnonzero(is_treated), matched),
    )


class _Free:
    """Controls in order of position, with links past those already taken."""

    def __init__(self, position: FloatVector, tie_order: IntVector, starts: IntVector) -> None:
        self.position = position
        self._tie_order = tie_order
        self._starts = starts
        n = position.size
        # Place p + 1 stands for control p; 0 and n + 1 are the ends.
        self._left = np.arange(n + 2)
        self._right = np.arange(n + 2)

    def take(self, place: int) -> None:
        self._left[place + 1] = place
        self._right[place + 1] = place + 2

    def nearest(self, position: float, cell: int, skipped: set[int]) -> int:
        """Place of the nearest free control of the cell, -1 when there is none."""
        start, end = int(self._starts[cell]), int(self._starts[cell + 1])
        middle = start + int(np.searchsorted(self.position[start:end], position))
        low = self._step(middle - 1, -1, skipped)
        high = self._step(middle, 1, skipped)
        sides = [place for place in (low, high) if start <= place < end]
        if not sides:
            return -1
        nearest = min(abs(self.position[place] - position) for place in sides)
        return min(
            (self._first_of_ties(place, start, end, skipped) for place in sides
             if abs(self.position[place] - position) == nearest),
            key=lambda place: int(self._tie_order[place]),
        )  # fmt: skip

    def _first_of_ties(self, place: int, start: int, end: int, skipped: set[int]) -> int:
        """Walk left over free controls at the same position; the leftmost has the least tie."""
        while True:
            before = self._step(place - 1, -1, skipped)
            if before < start or self.position[before] != self.position[place]:
                return place
            place = before

    def _step(self, place: int, way: int, skipped: set[int]) -> int:
        links = self._left if way < 0 else self._right
        found = self._find(links, place + 1) - 1
        while found in skipped:
            found = self._find(links, found + way + 1) - 1
        return found

    @staticmethod
    def _find(links: IntVector, place: int) -> int:
        """Follow the links to the first free place, and shorten them on the way back."""
        root = place
        while links[root] != root:
            root = int(links[root])
        while links[place] != root:
            links[place], place = root, int(links[place])
        return root


def _check(
    position: FloatVector,
    is_treated: BoolVector,
    cell: IntVector,
    tie_order: IntVector,
    n_controls: int,
    caliper: float,
) -> None:
    shapes = {position.shape, is_treated.shape, cell.shape, tie_order.shape}
    problems = []
    if len(shapes) != 1:
        problems.append(f"position, is_treated, cell and tie_order have shapes {shapes}")
    if not np.isfinite(position).all():
        problems.append("a position is missing or infinite")
    if np.unique(tie_order).size != tie_order.size:
        problems.append("tie_order has equal values, so ties would be decided by the row")
    if n_controls < 1 or not caliper > 0:
        problems.append(f"n_controls is {n_controls}, caliper {caliper}; both must be above 0")
    if problems:
        raise EstimationError(problems)
