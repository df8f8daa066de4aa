"""The errors that a callback can cause, and the response for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from ._events import Event


class CallbackError(Exception):
    """The base class of every error that a request can cause.

    One ``except CallbackError`` in a route covers all errors: handle `events`, then
    respond with `status_code` and `headers`. Apart from `events`, an error never contains
    request data, so it is safe to log.
    """

    status_code: int = 400
    """The HTTP status of the response."""

    events: list[Event]
    """The events that parsed. Handle them as usual."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.events = []

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers of the response, as a new mapping on each access."""
        return {}


class BasicAuthError(CallbackError):
    """The request does not prove that it comes from Bandwidth.

    Respond with 401 and `headers`. Bandwidth's first request may omit the credentials
    on purpose and wait for that challenge (RFC 7617 §2). Without a ``WWW-Authenticate``
    header, the callback is lost.
    """

    status_code = 401

    reason: Literal["missing", "malformed", "rejected"]
    """``"missing"``: there is no header. Do not alert on this reason, because the first
    request of every callback lacks the header. ``"malformed"``: the header does not contain
    Basic credentials. ``"rejected"``: the credentials are not accepted."""

    def __init__(self, reason: Literal["missing", "malformed", "rejected"]) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        texts: dict[str, str] = {
            "missing": "no Authorization header",
            "malformed": "the Authorization header does not contain Basic credentials",
            "rejected": "the credentials in the Authorization header are not accepted",
        }
        return texts.get(self.reason, self.reason)

    @property
    def headers(self) -> Mapping[str, str]:
        """The challenge: ``WWW-Authenticate: Basic …`` (RFC 7617 §2 and §2.1)."""
        return {"WWW-Authenticate": 'Basic realm="Bandwidth callbacks", charset="UTF-8"'}


_ErrorT = TypeVar("_ErrorT", bound=Exception)


def without_trail(error: _ErrorT) -> _ErrorT:
    """Remove the traceback and the chained errors from an error.

    The local variables of their frames contain parts of the request, and error trackers upload
    local variables.
    """
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


EventErrorCode: TypeAlias = Literal[
    "empty",
    "too-large",
    "compressed",
    "not-utf-8",
    "not-json",
    "too-deep",
    "not-an-array",
    "wrapped",
    "other-product",
    "missing",
    "wrong-type",
    "invalid-value",
]
"""The kinds of error in a body or an event: see `EventError.code`."""


@dataclass(frozen=True, slots=True)
class EventError:
    """One reason why a body, or an event in it, could not be parsed."""

    index: int | None
    """The event's position in the array, from 0; ``None`` for the body as a whole."""

    event_type: str | None
    """The event's `type` if this version models it, else ``None``."""

    field: str
    """The place in the event, as names on the wire joined by dots:
    ``message.segmentCount``, ``message.to.0``. Empty for the event as a whole."""

    reason: str
    """A description of the error for people. The wording may change. Never contains the
    value."""

    code: EventErrorCode
    """The kind of error, for alerts and metrics: a closed set, stable across versions.

    Codes for the body as a whole:

    - ``"empty"``: the body is empty or only white space. Often the stream was already read.
    - ``"too-large"``: the body exceeds the limit for bytes, events, or arrays and objects.
    - ``"compressed"``: the body begins like gzip, zlib or Zstandard data.
    - ``"not-utf-8"``: the body has another encoding, or damaged bytes.
    - ``"not-json"``: the body is not JSON.
    - ``"too-deep"``: the JSON is nested about 200 levels deep or more.
    - ``"not-an-array"``: the JSON is neither an array nor an object.
    - ``"wrapped"``: the body is a gateway's event, such as AWS Lambda's, that wraps the
      callback's body.

    Codes for the body or an event:

    - ``"other-product"``: a webhook of another Bandwidth product.

    Codes for an event:

    - ``"missing"``: a required field is missing.
    - ``"wrong-type"``: a value has the wrong JSON type.
    - ``"invalid-value"``: a value has the right type, but the field does not allow it.
    """

    def __str__(self) -> str:
        place = "body" if self.index is None else f"events[{self.index}]"
        if self.event_type is not None:
            place += f" ({self.event_type})"
        if self.field:
            place += f" {self.field}"
        return f"{place}: {self.reason}"


class CallbackParseError(CallbackError, ValueError):
    """The body, or a part of it, does not match Bandwidth's documentation.

    `events` contains the events that parsed, in the order of the body. Handle them as
    usual. After an error response, Bandwidth retries the whole body, but only for a day.
    """

    errors: tuple[EventError, ...]
    """The errors, in the order of the body; never empty."""

    status_code: int
    """400, or 413 if the body exceeds a limit."""

    def __init__(
        self,
        errors: Iterable[EventError],
        *,
        events: Sequence[Event] = (),
        status_code: int = 400,
    ) -> None:
        self.errors = tuple(errors)
        if not self.errors:
            raise ValueError("errors: expected at least one")
        # Pickle calls the class with `args` and restores the rest from `__dict__`. `args` does not
        # contain the events, because `repr` prints it.
        super().__init__(self.errors)
        self.events.extend(events)
        self.status_code = status_code

    def __str__(self) -> str:
        more = len(self.errors) - 1
        return f"{self.errors[0]} (and {more} more)" if more else str(self.errors[0])
