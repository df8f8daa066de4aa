"""What can go wrong with a callback, and what a route should answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from ._events import Event


class CallbackError(Exception):
    """The root of every error that a request can cause.

    One ``except CallbackError`` in a route covers them all: handle `events`, then
    answer `status_code` with `headers`. Apart from `events`, an error never contains
    request data, so it is safe to log.
    """

    status_code: int = 400
    """The HTTP status to answer."""

    events: list[Event]
    """The events that parsed: handle them as usual."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.events = []

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers to answer with, as a new mapping on each access."""
        return {}


class BasicAuthError(CallbackError):
    """The request has not proved that it comes from Bandwidth.

    Answer 401 with `headers`: Bandwidth's first request may carry no
    credentials on purpose and waits for that challenge (RFC 7617 §2). Without
    a ``WWW-Authenticate`` header the callback is lost.
    """

    status_code = 401

    reason: Literal["missing", "malformed", "rejected"]
    """``"missing"``: no header. Every callback's first request lacks it, so it belongs
    in no alert. ``"malformed"``: a header that is not Basic credentials;
    ``"rejected"``: credentials that are not among the accepted ones."""

    def __init__(self, reason: Literal["missing", "malformed", "rejected"]) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        texts: dict[str, str] = {
            "missing": "no Authorization header",
            "malformed": "the Authorization header does not hold Basic credentials",
            "rejected": "the credentials in the Authorization header are not accepted",
        }
        return texts.get(self.reason, self.reason)

    @property
    def headers(self) -> Mapping[str, str]:
        """The challenge: ``WWW-Authenticate: Basic …`` (RFC 7617 §2 and §2.1)."""
        return {"WWW-Authenticate": 'Basic realm="Bandwidth callbacks", charset="UTF-8"'}


_ErrorT = TypeVar("_ErrorT", bound=Exception)


def without_trail(error: _ErrorT) -> _ErrorT:
    """Strip an error of the frames and the errors that it came from.

    Their local variables hold parts of the request, and error trackers upload those.
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
"""What is wrong with a body or an event: see `EventError.code`."""


@dataclass(frozen=True, slots=True)
class EventError:
    """One reason why a body, or an event of it, could not be parsed."""

    index: int | None
    """The event's position in the array, from 0; ``None``: the body as a whole."""

    event_type: str | None
    """The event's `type` if this version models it, else ``None``."""

    field: str
    """The place inside the event, in the wire's names and joined by dots:
    ``message.segmentCount``, ``message.to.0``. Empty: the event as a whole."""

    reason: str
    """What is wrong, for a person to read; the wording may change. Never the value."""

    code: EventErrorCode
    """What is wrong, for alerts and metrics: a closed set, stable across versions.

    Of the body as a whole:

    - ``"empty"``: no bytes, or white space alone. Often a stream that was already read.
    - ``"too-large"``: more bytes, events, or arrays and objects than are accepted.
    - ``"compressed"``: it begins as gzip, zlib or Zstandard data does.
    - ``"not-utf-8"``: another encoding, or damaged bytes.
    - ``"not-json"``: no JSON text.
    - ``"too-deep"``: JSON that nests about 200 levels or more.
    - ``"not-an-array"``: JSON, but neither an array nor an object.
    - ``"wrapped"``: the event of a gateway, such as AWS Lambda's, that has the body inside.

    Of the body or an event:

    - ``"other-product"``: a webhook of another Bandwidth product.

    Of an event:

    - ``"missing"``: a required field is absent.
    - ``"wrong-type"``: a value of another JSON type than the field's.
    - ``"invalid-value"``: a value of the right type that the field cannot have.
    """

    def __str__(self) -> str:
        place = "body" if self.index is None else f"events[{self.index}]"
        if self.event_type is not None:
            place += f" ({self.event_type})"
        if self.field:
            place += f" {self.field}"
        return f"{place}: {self.reason}"


class CallbackParseError(CallbackError, ValueError):
    """The body, or a part of it, is not what Bandwidth documents.

    The events that did parse are in `events`, in the order of the body: handle
    them as usual. Bandwidth will send the whole body again, but only for a day.
    """

    errors: tuple[EventError, ...]
    """What is wrong, in the order of the body; never empty."""

    status_code: int
    """400, or 413 if the body is larger than allowed."""

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
        # Pickle calls the class with `args`, and the rest travels in `__dict__`. The events
        # are no part of `args`, because `repr` prints it.
        super().__init__(self.errors)
        self.events.extend(events)
        self.status_code = status_code

    def __str__(self) -> str:
        more = len(self.errors) - 1
        return f"{self.errors[0]} (and {more} more)" if more else str(self.errors[0])
