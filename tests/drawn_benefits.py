"""Persons with benefits as registers hold them, awkward cases first, for Hypothesis."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from tests.slow_benefit_days import Person, Row

# Over a leap day, and long enough for 52 weeks, a new right, and three years.
FIRST, LAST = date(2011, 11, 1), date(2015, 12, 31)
# A row of no days ends the day before it starts.
LENGTHS = (0, 1, 1, 2, 5, 10, 15, 16, 17, 40, 90, 200, 400)
GRADES = (None, 20, 40, 50, 50, 60, 80, 100, 100, Fraction(6667, 100))
POSITIONS = (None, None, 0, 20, 50, 50, 80, 100, 120, Fraction(375, 10))
FATES = ("death", "emigration", "immigration")

codes = st.sampled_from(["SP", "SP", "SP", "SP", "AAP", "AAP", "RP", "AF", "TU", "UFP", "UT"])
grades = st.sampled_from([g if g is None else Fraction(g) for g in GRADES])
positions = st.sampled_from([p if p is None else Fraction(p) for p in POSITIONS])
jobs = st.sampled_from([None, "a", "b", "c"])
diagnoses = st.sampled_from([None, "L02", "P76"])
near = st.integers(-30, 150)
anywhere = st.integers(-60, (LAST - FIRST).days + 20)
kinds = st.sampled_from(["one", "prolonged", "moved", "corrected", "two jobs", "twice", "same day"])


@st.composite
def rows_near_each_other(draw):
    """A row, often with a second one that touches, repeats or crosses it."""
    start = FIRST + timedelta(days=draw(st.one_of(near, near, anywhere)))
    length = draw(st.sampled_from(LENGTHS))
    end = None if draw(st.integers(0, 15)) == 0 else start + timedelta(days=length - 1)
    row = Row(draw(codes), start, end, draw(grades), draw(positions), draw(jobs), draw(diagnoses))
    kind = draw(kinds)
    if kind == "one":
        return [row]
    other = timedelta(days=draw(st.sampled_from(LENGTHS)))
    if kind == "twice":
        return [row, row]
    if kind == "two jobs":
        half = Fraction(50)
        return [
            Row("SP", start, end, grade, half, job, row.diagnosis)
            for grade, job in ((row.grade, "a"), (draw(grades), "b"))
        ]
    if kind == "corrected":
        return [row, Row(row.code, start, start + other, draw(grades), row.position, row.job)]
    if kind == "same day" and end:
        # Ends on the day on which the next begins: both are in force that day.
        return [row, Row(draw(codes), end, end + other, draw(grades))]
    after = (end or start) + timedelta(days=1)
    if kind == "prolonged":
        return [row, Row(row.code, after, after + other, row.grade, row.position, row.job)]
    return [row, Row("AAP", after, after + other)]


@st.composite
def persons(draw):
    """A person with up to ten rows; some die, leave, come or return, often inside a spell."""
    # Few without rows: they say little.
    fewest = min(draw(st.integers(0, 9)), 1)
    groups = draw(st.lists(rows_near_each_other(), min_size=fewest, max_size=5))
    rows = tuple(row for group in groups for row in group)
    fates = {}
    if draw(st.integers(0, 2)) == 0:
        for fate in draw(st.sets(st.sampled_from(FATES))):
            inside = rows and draw(st.booleans())
            day = draw(st.sampled_from(rows)).start if inside else FIRST
            fates[fate] = day + timedelta(days=draw(st.integers(-1, 300)))
    return Person(rows, **fates)


def count_awkward(person, seen):
    """Count which awkward cases a person is, so that a test can see that all occur."""
    seen["without rows"] += not person.rows
    seen["returns"] += bool(
        person.emigration and person.immigration and person.immigration > person.emigration
    )
    for number, row in enumerate(person.rows):
        end = row.end or LAST
        seen["no day"] += row.end is not None and row.end < row.start
        seen["one day"] += row.start == row.end
        seen["open end"] += row.end is None
        seen["leap day"] += row.start <= date(2012, 2, 29) <= end
        seen["before the register"] += row.start < FIRST <= end
        seen["after the register"] += row.start <= LAST < end
        seen["without job"] += row.job is None
        for fate in FATES:
            day = getattr(person, fate)
            seen[f"{fate} inside a spell"] += bool(day and row.start < day <= end)
        others = person.rows[number + 1 :]
        seen["twice"] += row in others
        for other in others:
            touches = row.end is not None and other.start == row.end + timedelta(days=1)
            same = other.code == row.code
            seen["prolonged"] += touches and same
            seen["another benefit takes over"] += touches and not same
            seen["ends and begins on one day"] += other.start == row.end and not same
            alike = same and other.start == row.start and other.job == row.job
            seen["corrected"] += alike and other != row
            half = same and row.position == other.position == 50 and row.job != other.job
            seen["two halves with different grades"] += (
                half and row.start == other.start and row.grade != other.grade
            )
