"""Reject invalid arguments of strategies, either when a strategy is called or when it draws."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast, get_args

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

_P = ParamSpec("_P")
_T = TypeVar("_T")
_FLAGS: Final = (True, False)


def strategy(function: Callable[Concatenate[DrawFn, _P], _T]) -> Callable[_P, SearchStrategy[_T]]:
    """Decorate like `hypothesis.strategies.composite`, and check the keywords on each call.

    Each keyword takes a strategy, or a boolean if its default is a boolean.
    """
    return checked(_keywords_of(function))(function)


def checked(
    check: Callable[..., object],
) -> Callable[
    [Callable[Concatenate[DrawFn, _P], _T]],
    Callable[_P, SearchStrategy[_T]],
]:
    """Decorate like `hypothesis.strategies.composite`, but pass the arguments to `check` first."""

    def decorate(
        function: Callable[Concatenate[DrawFn, _P], _T],
    ) -> Callable[_P, SearchStrategy[_T]]:
        composite = st.composite(function)

        @wraps(composite)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> SearchStrategy[_T]:
            check(*args, **kwargs)
            return composite(*args, **kwargs)

        return call

    return decorate


def _keywords_of(function: Callable[..., object]) -> Callable[..., None]:
    """Build a function that checks a strategy's keywords."""
    flags: set[str] = set()
    names: set[str] = set()
    for name, parameter in signature(function).parameters.items():
        if parameter.kind is Parameter.VAR_KEYWORD:
            (fields,) = get_args(parameter.annotation)
            names |= fields.__annotations__.keys()
        elif parameter.default in _FLAGS:
            flags.add(name)
        elif parameter.kind is Parameter.KEYWORD_ONLY:
            names.add(name)

    def check(**given: object) -> None:
        unexpected = given.keys() - names - flags
        if unexpected:
            raise TypeError(f"unexpected keyword argument: {', '.join(sorted(unexpected))}")
        for name, value in given.items():
            if name in flags and not isinstance(value, bool):
                raise InvalidArgument(f"{name}: expected True or False")
            if name in names and not isinstance(value, SearchStrategy):
                raise InvalidArgument(f"{name}: expected a strategy, such as {name}=st.just(...)")

    return check


def draw_given(draw: DrawFn, strategies: Mapping[str, object]) -> dict[str, Any]:
    """Draw a value from each of the user's strategies.

    Raises:
        InvalidArgument: An event cannot have a drawn value.
    """
    given: dict[str, Any] = {}
    for name, values in strategies.items():
        given[name] = value = draw(cast("SearchStrategy[Any]", values))  # `strategy` checked it
        if isinstance(value, datetime) and value.tzinfo is None:
            zones = "timezones=st.just(timezone.utc)"
            raise InvalidArgument(
                f"{name}: expected times with a time zone, such as {name}=st.datetimes({zones})"
            )
        if name == "message_to" and not value:
            raise InvalidArgument("message_to: expected at least one recipient")
    return given
