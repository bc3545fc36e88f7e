"""The errors a user can meet, and the exit code of each.

EvaluationError                 1  anything not named below
├── StudyError                  2  the study protocol or the command line is wrong
├── DeliveryError               3  the delivery breaks the contract
├── QualityError                4  a quality check stops the run
├── GateError                   5  the gate withheld every estimate
├── DisclosureError             6  disclosure control refused the release
├── SqlModelError               1  a file in sql/ is not a valid model
├── WarehouseBusyError          1  another run holds the warehouse
└── EstimationError             1  an estimator cannot answer
    ├── NoControlsError
    ├── NoOverlapError
    ├── NotConvergedError
    └── NotIdentifiedError

A message says what is wrong, where, what is allowed and what to do. It never holds a
pseudonym or a patient-level value. All problems of one input are collected, then raised once.
"""

from collections.abc import Sequence
from pathlib import Path

_LONGEST = 4_000
_END = 500


class EvaluationError(Exception):
    """Base of every error shown to a user without a traceback."""

    exit_code = 1

    def __init__(self, problems: str | Sequence[str]) -> None:
        """Keep the problems one by one, so that each gets a line of its own.

        Args:
            problems: One message, or all the problems of one input.
        """
        told = [problems] if isinstance(problems, str) else list(problems)
        self.problems = [_fit_line(problem) for problem in told]
        super().__init__("\n".join(self.problems))


def _fit_line(text: str) -> str:
    """Keep a message on one line that can be read, whatever a column is called in a delivery."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if len(text) > _LONGEST:
        # The end says what to do.
        text = f"{text[: _LONGEST - _END]} [...] {text[-_END:]}"
    return text


class StudyError(EvaluationError):
    """The study protocol or the command line is wrong."""

    exit_code = 2


class DeliveryError(EvaluationError):
    """The delivery breaks the contract."""

    exit_code = 3


class QualityError(EvaluationError):
    """A quality check stops the run."""

    exit_code = 4


class GateError(EvaluationError):
    """The gate withheld every estimate."""

    exit_code = 5


class DisclosureError(EvaluationError):
    """Disclosure control refused the release."""

    exit_code = 6


class SqlModelError(EvaluationError):
    """A file in sql/ is not a valid model."""


class WarehouseBusyError(EvaluationError):
    """Another run holds the warehouse."""


class EstimationError(EvaluationError):
    """An estimator cannot answer."""


class NoControlsError(EstimationError):
    """There is nobody to compare the treated with."""


class NoOverlapError(EstimationError):
    """Treated and controls are too unlike for weights to make them alike."""


class NotConvergedError(EstimationError):
    """A search stopped before it found its answer."""


class NotIdentifiedError(EstimationError):
    """The data do not determine the estimate or its standard error."""


def describe_unexpected(error: BaseException) -> str:
    """Tell an error that is not ours by its type and place; its text may hold a value.

    Args:
        error: Anything raised that is no EvaluationError.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return (
        f"unexpected {type(error).__name__} at {place}; its text is withheld because it may hold a"
        " value from the data. Please report it with this line."
    )
