import pytest

from evaluation import errors
from evaluation.errors import EvaluationError, describe_unexpected

EXIT_CODES = {
    "EvaluationError": 1,
    "StudyError": 2,
    "DeliveryError": 3,
    "QualityError": 4,
    "GateError": 5,
    "DisclosureError": 6,
    "SqlModelError": 1,
    "WarehouseBusyError": 1,
    "EstimationError": 1,
    "NoControlsError": 1,
    "NotIdentifiedError": 1,
    "NoOverlapError": 1,
    "NotConvergedError": 1,
}
CANARY = "CANARY-N123456"


def test_every_error_has_the_exit_code_of_the_contract_and_stands_in_the_drawing() -> None:
    found = {
        name: value.exit_code
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, EvaluationError)
    }
    assert found == EXIT_CODES
    for name in EXIT_CODES:
        assert name in (errors.__doc__ or "")


def test_one_problem_and_many_are_kept_one_by_one() -> None:
    assert EvaluationError("one").problems == ["one"]
    assert EvaluationError(["one", "two"]).problems == ["one", "two"]
    assert str(EvaluationError(["one", "two"])) == "one\ntwo"


def test_an_unexpected_error_is_told_by_type_and_place_without_its_text() -> None:
    with pytest.raises(ValueError, match=CANARY) as caught:
        int(CANARY)
    text = describe_unexpected(caught.value)
    assert "unexpected ValueError at test_errors.py:" in text
    assert CANARY not in text


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert "KeyError at ?" in describe_unexpected(KeyError(CANARY))
