"""A column of a result table, and those that many tables share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result table.

    Attributes:
        name: As it stands in the file.
        dtype: pandas type: "string", "Int64", "Float64", "boolean".
        text: Meaning, with the unit.
        counts_persons: The value is a number of persons and falls under the small-cell rule.
    """

    name: str
    dtype: str
    text: str
    counts_persons: bool = False


def text(name: str, text: str) -> Column:
    """Make a column of text."""
    return Column(name, "string", text)


def count(name: str, text: str) -> Column:
    """Make a column of persons, which the small-cell rule looks at."""
    return Column(name, "Int64", text, counts_persons=True)


def number(name: str, text: str) -> Column:
    """Make a column of a number."""
    return Column(name, "Float64", text)


STUDY = text("study_id", "Study that was run")
SECTOR = text("sector", "SOM, PHV, TSB, ARR, or ALL pooled")
OUTCOME = text("outcome", "An outcome of the study, such as sick_leave_days")
ATT = number("att", "Mean effect on the treated, in the unit, per window")
SE = number("se", "Standard error of att")
CI_LOW = number("ci_low", "Lower confidence limit")
CI_HIGH = number("ci_high", "Upper confidence limit")
N_TREATED = count("n_treated", "Treated persons in the estimate")
N_CONTROL = count("n_control", "Control persons in the estimate")
ARM = text("arm", "treated or control")
GATE = text("gate", "pass, fail or not_run: of the headline of the sector and outcome")
FINGERPRINT = text("fingerprint", "Study fingerprint")
