"""What can go wrong with a callback, and what a route should answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ._events import Event


class CallbackError(Exception):
    """The root of every error that a request can cause.

    One ``except CallbackError`` in a route covers them all: handle `events`, then
    answer `status_code` with `headers`. But for `events`, no error holds a value
    of the request, so it is safe to log.
    """

    status_code: int = 400
    """The HTTP status to answer."""

    events: list["Event"]
    """The events that can be handled all the same."""

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
    """``"missing"``: no header, which is normal for a first request;
    ``"malformed"``: a header that is not Basic credentials;
    ``"rejected"``: credentials that are not among the accepted ones."""

    def __init__(self, reason: Literal["missing", "malformed", "rejected"]) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return {
            "missing": "no Authorization header",
            "malformed": "the Authorization header does not hold Basic credentials",
            "rejected": "the credentials in the Authorization header are not accepted",
        }[self.reason]

    @property
    def headers(self) -> Mapping[str, str]:
        """The challenge: ``WWW-Authenticate: Basic …`` (RFC 7617 §2 and §2.1)."""
        return {"WWW-Authenticate": 'Basic realm="Bandwidth callbacks", charset="UTF-8"'}


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
    """What is wrong, for a person to read. Never the value."""

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
        events: Sequence["Event"] = (),
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
