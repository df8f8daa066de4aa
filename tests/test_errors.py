"""The errors: their messages, their attributes, and the absence of request data."""

import copy
import inspect
import json
import pickle
import re
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, cast, get_args

import pytest
from bodies import dump, event, events, mutated_bodies
from hypothesis import given
from hypothesis import strategies as st

from bandwidth_events import (
    BasicAuthError,
    BasicCredentials,
    CallbackError,
    CallbackParseError,
    EventError,
    encode_callback,
    parse_callback,
    verify_basic_auth,
)
from bandwidth_events._errors import EventErrorCode

BODY = EventError(None, None, "", "expected an array of events", "not-an-array")
WHOLE = EventError(0, None, "", "expected an object", "wrong-type")
FIELD = EventError(2, "message-failed", "message.to.0", "expected a string", "wrong-type")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BODY, "body: expected an array of events"),
        (WHOLE, "events[0]: expected an object"),
        (
            FIELD,
            "events[2] (message-failed) message.to.0: expected a string",
        ),
    ],
    ids=["body", "event", "field"],
)
def test_an_event_error_prints_its_place_and_reason(error: EventError, text: str) -> None:
    assert str(error) == text


def test_a_parse_error_prints_its_first_error_and_counts_the_others() -> None:
    assert str(CallbackParseError(iter([FIELD]))) == str(FIELD)
    assert str(CallbackParseError([FIELD, WHOLE, BODY])) == f"{FIELD} (and 2 more)"


def test_a_parse_error_has_a_tuple_of_at_least_one_error() -> None:
    assert CallbackParseError(iter([FIELD, BODY])).errors == (FIELD, BODY)
    with pytest.raises(ValueError, match=r"^errors: expected at least one$"):
        CallbackParseError([])


ERRORS: dict[str, CallbackError] = {
    "root": CallbackError("some reason"),
    "missing": BasicAuthError("missing"),
    "malformed": BasicAuthError("malformed"),
    "rejected": BasicAuthError("rejected"),
    "body": CallbackParseError([BODY]),
    "too large": CallbackParseError([BODY], status_code=413),
    "event": CallbackParseError([FIELD, WHOLE], events=parse_callback([event()])),
}


def pickled(error: CallbackError) -> CallbackError:
    return cast("CallbackError", pickle.loads(pickle.dumps(error)))  # noqa: S301


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_every_error_survives_copy_and_pickle(
    name: str, duplicate: Callable[[CallbackError], CallbackError]
) -> None:
    error = ERRORS[name]
    twin = duplicate(error)
    assert type(twin) is type(error)
    assert (str(twin), repr(twin), twin.args) == (str(error), repr(error), error.args)
    assert vars(twin) == vars(error)
    assert (twin.status_code, twin.headers) == (error.status_code, error.headers)


@pytest.mark.parametrize(
    ("error", "status_code", "headers"),
    [
        (ERRORS["root"], 400, {}),
        (
            ERRORS["missing"],
            401,
            {"WWW-Authenticate": 'Basic realm="Bandwidth callbacks", charset="UTF-8"'},
        ),
        (ERRORS["event"], 400, {}),
        (ERRORS["too large"], 413, {}),
    ],
)
def test_every_error_has_the_status_and_headers_of_the_response(
    error: CallbackError, status_code: int, headers: dict[str, str]
) -> None:
    assert error.status_code == status_code
    assert error.headers == headers


def test_every_error_has_the_events_that_can_still_be_handled() -> None:
    assert {name for name, error in ERRORS.items() if error.events} == {"event"}
    assert ERRORS["root"].events is not ERRORS["missing"].events


def test_changing_the_headers_of_an_error_does_not_affect_the_next_access() -> None:
    error = BasicAuthError("missing")
    headers = error.headers
    assert isinstance(headers, dict)
    headers.clear()
    assert "WWW-Authenticate" in error.headers


def test_every_error_is_a_callback_error() -> None:
    assert CallbackError.__bases__ == (Exception,)
    assert BasicAuthError.__bases__ == (CallbackError,)
    assert CallbackParseError.__bases__ == (CallbackError, ValueError)


# Promise 3: nothing leaked.

MARKS = ("+15555559137", "Zebrafish", "QmFzaWM6", "9137555")


def check_holds_no_mark(error: BaseException) -> None:
    assert error.__cause__ is None
    assert error.__context__ is None
    attributes = {name: value for name, value in vars(error).items() if name != "events"}
    shown = [
        str(error),
        repr(error),
        repr(error.args),
        repr(attributes),
        *traceback.format_exception(error),
    ]
    for mark in MARKS:
        assert not any(mark in each for each in shown)


def places(document: object) -> list[tuple[Any, Any]]:
    """Yield every place in a document that can be assigned to, as container and key."""
    found: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        members = list(cast("dict[object, object]", document).items())
    elif isinstance(document, list):
        members = list(enumerate(cast("list[object]", document)))
    else:
        members = []
    for key, member in members:
        found += [(document, key), *places(member)]
    return found


@st.composite
def marked_bodies(draw: st.DrawFn) -> bytes:
    """Draw a body with marks as values, as keys, or in its bytes."""
    document: list[Any] = draw(st.lists(events, min_size=1, max_size=3))
    marks = st.sampled_from([*MARKS, int(MARKS[-1])])
    marked = marks | marks.map(lambda mark: [mark]) | marks.map(lambda mark: {str(mark): mark})
    for _ in range(draw(st.integers(1, 4))):
        container, key = draw(st.sampled_from(places(document)))
        container[key] = draw(marked)
        if isinstance(container, dict):
            container[draw(marks.map(str))] = draw(marked)
    body = dump(document)
    cut = draw(st.integers(0, len(body)))
    return body[:cut] + draw(st.sampled_from(["", *MARKS])).encode() + body[cut:]


@given(marked_bodies() | mutated_bodies().map(lambda body: body + MARKS[0].encode()))
def test_no_value_from_a_body_reaches_an_error(body: bytes) -> None:
    for form in (body, body.decode("utf-8", "surrogateescape")):
        try:
            parse_callback(form)
        except CallbackParseError as error:
            check_holds_no_mark(error)


@given(st.sampled_from(MARKS), st.sampled_from(["type", "time", "message"]))
def test_no_value_from_decoded_json_reaches_an_error(mark: str, key: str) -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([{**event(), key: [mark], mark: mark}])
    check_holds_no_mark(caught.value)
    with pytest.raises(TypeError) as not_json:
        parse_callback([{mark: {mark}}])
    check_holds_no_mark(not_json.value)


@st.composite
def marked_headers(draw: st.DrawFn) -> str | bytes:
    """Draw a header with marks in its text, or in the encoded user name or password."""
    around = st.text(max_size=5)
    marks = st.sampled_from(MARKS)
    sent = draw(around) + draw(marks) + draw(around)
    sent += draw(st.just("") | st.builds(":{}{}".format, around, marks))
    header = draw(st.sampled_from(["", "Basic ", "basic  ", "Bearer "]))
    header += b64encode(sent.encode()).decode() if draw(st.booleans()) else sent
    return header.encode() if draw(st.booleans()) else header


@given(marked_headers())
def test_no_value_from_a_header_reaches_an_error(header: str | bytes) -> None:
    accepted = [BasicCredentials("accepted", mark) for mark in MARKS]
    with pytest.raises(BasicAuthError) as caught:
        verify_basic_auth(header, accepted)
    check_holds_no_mark(caught.value)


@pytest.mark.parametrize("mark", MARKS)
def test_no_credential_reaches_an_error_of_the_constructor(mark: str) -> None:
    for username, password in ((f"{mark}:", mark), (mark, f"{mark}\0"), (f"{mark}\ud83d", mark)):
        with pytest.raises(ValueError, match=r"^(username|password): contains") as caught:
            BasicCredentials(username, password)
        check_holds_no_mark(caught.value)


def broken() -> Iterator[Any]:
    """Fail like a bug in the caller's iterator."""
    yield from ()
    try:
        int("x")
    except ValueError as cause:
        raise ValueError("mine") from cause


def verify(credentials: Iterator[Any]) -> None:
    verify_basic_auth(None, credentials)


@pytest.mark.parametrize("call", [encode_callback, verify])
def test_an_error_of_the_callers_iterator_keeps_its_traceback_and_cause(
    call: Callable[[Iterator[Any]], object],
) -> None:
    with pytest.raises(ValueError, match=r"^mine$") as caught:
        call(broken())
    assert isinstance(caught.value.__cause__, ValueError)
    assert "broken" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


def test_every_error_code_is_documented() -> None:
    codes = get_args(EventErrorCode)
    source = inspect.getsource(EventError)
    assert re.findall(r'^    - ``"(.*)"``: ', source, re.MULTILINE) == list(codes)


def test_an_unknown_reason_is_printed_unchanged() -> None:
    assert str(BasicAuthError("bogus")) == "bogus"  # type: ignore[arg-type]  # what it tests


def test_the_check_for_leaks_can_fail() -> None:
    with pytest.raises(AssertionError):
        check_holds_no_mark(ValueError(f"cannot call {MARKS[0]}"))
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(MARKS[1])
    with pytest.raises(AssertionError):
        check_holds_no_mark(caught.value)
