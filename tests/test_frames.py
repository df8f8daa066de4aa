"""Error trackers upload the local variables of frames in addition to the error.

Apart from the arguments that the caller passed, no frame of the package contains a value from the
request when an error leaves the package.
"""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from bodies import event, mutated_bodies
from hypothesis import given
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from test_errors import MARKS, check_holds_no_mark, marked_bodies, marked_headers

import bandwidth_events
from bandwidth_events import (
    BasicAuthError,
    BasicCredentials,
    CallbackParseError,
    UnknownEvent,
    encode_callback,
    parse_callback,
    testing,
    verify_basic_auth,
)

PACKAGE = Path(bandwidth_events.__file__).parent
PUBLIC = {"parse_callback", "encode_callback", "verify_basic_auth", "__post_init__"}


def locals_of_the_package(error: BaseException) -> Iterator[object]:
    """Collect the locals of the package's frames, except arguments, as an error tracker does."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if PACKAGE in Path(code.co_filename).parents:
            arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            passed = arguments if code.co_name in PUBLIC else ()
            yield from (value for name, value in frame.f_locals.items() if name not in passed)


def check_frames_hold_no_mark(error: BaseException) -> None:
    check_holds_no_mark(error)
    for value in locals_of_the_package(error):
        shown = value.model_dump_json() if isinstance(value, BaseModel) else repr(value)
        assert not any(mark in shown for mark in MARKS)


@given(marked_bodies() | mutated_bodies().map(lambda body: body + MARKS[0].encode()))
def test_no_frame_of_the_parser_contains_a_value_from_the_body(body: bytes) -> None:
    for form in (body, body.decode("utf-8", "surrogateescape")):
        try:
            parse_callback(form)
        except CallbackParseError as error:
            check_frames_hold_no_mark(error)


@pytest.mark.parametrize("mark", MARKS)
def test_no_frame_of_the_parser_contains_a_value_from_decoded_json(mark: str) -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([{**event(), "time": [mark], mark: mark}])
    check_frames_hold_no_mark(caught.value)
    with pytest.raises(TypeError) as not_json:
        parse_callback([{mark: {mark}}])
    check_frames_hold_no_mark(not_json.value)


@given(marked_headers())
def test_no_frame_of_the_authentication_contains_a_value_from_the_header(
    header: str | bytes,
) -> None:
    with pytest.raises(BasicAuthError) as caught:
        verify_basic_auth(header, [BasicCredentials("accepted", mark) for mark in MARKS])
    check_frames_hold_no_mark(caught.value)


@pytest.mark.parametrize("mark", MARKS)
def test_no_frame_of_a_constructor_contains_a_credential(mark: str) -> None:
    for username, password in ((f"{mark}:", mark), (mark, f"{mark}\0"), (f"{mark}\ud83d", mark)):
        with pytest.raises(ValueError, match=r"^(username|password): contains") as caught:
            BasicCredentials(username, password)
        check_frames_hold_no_mark(caught.value)


def test_no_value_from_an_event_reaches_an_error_of_the_encoder() -> None:
    (parsed,) = parse_callback([event(message__text=MARKS[0])])
    with pytest.raises(TypeError) as caught:
        encode_callback([parsed, {MARKS[1]: MARKS[2]}])  # type: ignore[list-item]
    check_frames_hold_no_mark(caught.value)
    unserialisable = UnknownEvent.model_validate({"type": "x", MARKS[0]: {1: object()}})
    with pytest.raises(PydanticSerializationError) as failed:
        encode_callback([parsed, unserialisable])
    check_frames_hold_no_mark(failed.value)


def test_no_value_from_an_invalid_argument_reaches_an_error() -> None:
    with pytest.raises(TypeError) as caught:
        verify_basic_auth([MARKS[0]], BasicCredentials("a", "b"))  # type: ignore[arg-type]
    check_frames_hold_no_mark(caught.value)
    with pytest.raises(TypeError) as other:
        verify_basic_auth(None, [MARKS[0]])  # type: ignore[list-item]
    check_frames_hold_no_mark(other.value)
    with pytest.raises(TypeError) as no_body:
        parse_callback(iter([MARKS[0]]))  # type: ignore[arg-type]
    check_frames_hold_no_mark(no_body.value)


def test_the_check_for_leaks_searches_frames() -> None:
    with pytest.raises(ValidationError) as caught:
        testing.inbound_message(text=MARKS[0], segment_count="many")  # type: ignore[arg-type]
    assert any(MARKS[0] in repr(value) for value in locals_of_the_package(caught.value))
