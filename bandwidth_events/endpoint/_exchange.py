"""One request, and what came back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Literal, TypeAlias

Failure: TypeAlias = Literal["unreachable", "tls", "timeout", "dropped", "endless"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request to make: a POST, as Bandwidth would."""

    label: str
    """What is particular about it, for a person to read."""

    headers: Mapping[str, str] = field(repr=False)
    """All but those that HTTP itself needs. Each character is sent as one byte."""

    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what came back. Holds nothing of the answer's text."""

    label: str
    """What was sent."""

    status: int | None
    """The HTTP status of the answer; `None` if there was none."""

    seconds: float
    """How long it took, from connecting to the end of the answer."""

    has_challenge: bool = False
    """Whether the answer has a header ``WWW-Authenticate: Basic …``."""

    failure: Failure | None = None
    """Why there is no whole answer: no connection, no encrypted one, none in time,
    one that broke off or was not HTTP, or one larger than 1 MiB."""

    detail: str = ""
    """More about the failure, for a person to read."""

    @property
    def is_challenge(self) -> bool:
        """Whether the answer is what brings Bandwidth's second request, with credentials."""
        return (
            self.failure is None and self.status == HTTPStatus.UNAUTHORIZED and self.has_challenge
        )

    @property
    def is_success(self) -> bool:
        """Whether Bandwidth would be content: 2xx, in time."""
        return self.has_status(*range(200, 300))

    def has_status(self, *statuses: int) -> bool:
        """Tell whether there is a whole answer, with one of these statuses."""
        return self.failure is None and self.status in statuses

    def __str__(self) -> str:
        if self.failure is not None:
            return self.detail
        if self.status in range(300, 400):
            return f"{self.status}, a redirect, which is not followed"
        if self.status == HTTPStatus.UNAUTHORIZED:
            return "401 with a challenge" if self.has_challenge else "401 without a challenge"
        return str(self.status)


def quantile(exchanges: Collection[Exchange], share: float) -> float:
    """Give the seconds within which a share of some exchanges, 0 to 1, was over."""
    seconds = sorted(exchange.seconds for exchange in exchanges)
    return seconds[max(0, ceil(share * len(seconds)) - 1)]
