"""An asset lets no error out that may quote a value."""

import traceback
from collections.abc import Iterator

import pytest

from evaluation.errors import EvaluationError, NoControlsError
from pipelines.definitions import defs
from pipelines.withholding import withhold_values

CANARY = "CANARY-N123456"


def _lookup() -> None:
    raise KeyError(CANARY)


@withhold_values
def fails() -> None:
    _lookup()


@withhold_values
def fails_after_yielding() -> Iterator[int]:
    yield 1
    _lookup()


@withhold_values
def answers_with_our_own_error() -> None:
    try:
        _lookup()
    except KeyError as error:
        raise NoControlsError("nobody to compare with") from error


@withhold_values
def answers_without_a_cause() -> None:
    try:
        _lookup()
    except KeyError:
        raise NoControlsError("nobody to compare with")  # noqa: B904


@withhold_values
def is_stopped() -> None:
    try:
        _lookup()
    except KeyError:
        raise KeyboardInterrupt  # noqa: B904


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("asset", [fails, fails_after_yielding])
def test_an_unexpected_error_is_told_by_type_and_place_only(asset) -> None:
    with pytest.raises(EvaluationError, match=r"unexpected KeyError at test_withholding.py:") as e:
        list(asset() or ())
    assert CANARY not in told(e.value)


@pytest.mark.parametrize("asset", [answers_with_our_own_error, answers_without_a_cause])
def test_our_own_error_stays_what_it_is_without_what_led_to_it(asset) -> None:
    with pytest.raises(NoControlsError, match=r"^nobody to compare with$") as e:
        asset()
    assert CANARY not in told(e.value)


def test_a_stop_stays_a_stop_without_what_led_to_it() -> None:
    with pytest.raises(KeyboardInterrupt) as e:
        is_stopped()
    assert CANARY not in told(e.value)


def test_a_generator_goes_on_as_before_and_is_seen_as_one() -> None:
    @withhold_values
    def _two() -> Iterator[int]:
        yield 1
        yield 2

    assert list(_two()) == [1, 2]


def test_every_asset_withholds_values() -> None:
    # Put @withhold_values between @dg.asset and the function of those that are listed.
    assert [
        asset.node_def.name
        for asset in defs.resolve_asset_graph().assets_defs
        if not hasattr(asset.op.compute_fn.decorated_fn, "withholds_values")
    ] == []
