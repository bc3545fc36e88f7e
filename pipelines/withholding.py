"""What an asset raises, without values from the data: Dagster stores it as an event."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from evaluation.errors import EvaluationError, describe_unexpected

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "withholds_values"


def withhold_values(function: _Function) -> _Function:
    """Let only our own errors out of an asset's function; stands between it and @dg.asset.

    Others may quote a value (a failed cast, a key that is not there), and Dagster writes text,
    cause and context of what an asset raises to its event log, which `dagster dev` keeps.

    Args:
        function: Of an asset; may yield.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def _wrapped(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with _without_values():
                yield from function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def _wrapped(*args: Any, **kwargs: Any) -> Any:
            with _without_values():
                return function(*args, **kwargs)

    setattr(_wrapped, _MARK, True)
    return _wrapped  # type: ignore[return-value]


@contextmanager
def _without_values() -> Iterator[None]:
    try:
        yield
    except EvaluationError as error:
        # What led to it may be quoted beside it.
        raise error from None
    except (Exception, SystemExit) as error:
        raise EvaluationError(describe_unexpected(error)) from None
    except BaseException as error:
        error.__cause__ = error.__context__ = None
        raise
