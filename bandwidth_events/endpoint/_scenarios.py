"""The scenarios: what Bandwidth and strangers do to an endpoint."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random, SystemRandom
from time import perf_counter
from typing import Final

from bandwidth_events._auth import BasicCredentials

from . import _requests as requests
from ._client import Client
from ._exchange import Exchange, quantile
from ._requests import Rounds
from ._target import target

TIME_LIMIT: Final = 10.0
"""How many seconds Bandwidth waits for an answer."""

_SHOWN: Final = 5
"""How many of the exchanges that went wrong are told of."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What came of a scenario. Holds nothing of what an answer said, but its status."""

    name: str
    """The name of the scenario."""

    passed: bool
    """Whether every answer was as expected."""

    sent: str
    """What was sent, for a person to read, as are the following."""

    expected: str
    """What had to come back."""

    came_back: str
    """What did come back."""

    cost: str
    """What a failure costs in production."""

    seconds: float
    """How long the scenario took."""

    exchanges: tuple[Exchange, ...]
    """Every request, with what came back."""

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {'passed' if self.passed else 'FAILED'}",
            f"  sent:      {self.sent}",
            f"  expected:  {self.expected}",
            f"  came back: {self.came_back}",
        ]
        if not self.passed:
            lines.append(f"  cost:      {self.cost}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that happens to an endpoint in production, to be played to it."""

    name: str
    """A name for reports, in the letters of file names."""

    sent: str
    """What is sent, for a person to read, as are the following."""

    expected: str
    """What has to come back."""

    cost: str
    """What a failure costs in production."""

    requests: Callable[[BasicCredentials, Random], Rounds] = field(repr=False)
    """Makes the requests, given the right credentials."""

    accepts: Callable[[Exchange], bool] = field(repr=False)
    """Tells whether what came back is as expected."""

    p99_share: float = 1.0
    """How much of the time limit 99 of 100 answers may take."""

    def run(
        self,
        url: str,
        credentials: BasicCredentials,
        *,
        time_limit: float = TIME_LIMIT,
        allow_remote: bool = False,
        random: Random | None = None,
    ) -> ScenarioResult:
        """Play the scenario to an endpoint.

        Runs an event loop of its own, so in an asynchronous test it belongs into
        a thread: ``await asyncio.to_thread(scenario.run, …)``.

        Args:
            url: The endpoint's URL.
            credentials: What the endpoint accepts.
            time_limit: In how many seconds each answer has to be there.
            allow_remote: Whether the URL may name another machine than this.
            random: Where the ids of messages come from. They have to be new to the
                endpoint, or its duplicate detection will meet them.

        Returns:
            What came of it. An endpoint that cannot be reached is a failure too.

        Raises:
            ValueError: The URL is none, or holds credentials, or names another
                machine without `allow_remote`.
        """
        checked = target(url, allow_remote=allow_remote)

        async def run() -> ScenarioResult:
            async with Client(checked, time_limit=time_limit) as client:
                return await self.play(client, credentials, random or SystemRandom())

        return asyncio.run(run())

    async def play(
        self, client: Client, credentials: BasicCredentials, random: Random
    ) -> ScenarioResult:
        """Play the scenario through a client; `run` is for everybody else."""
        start = perf_counter()
        exchanges: list[Exchange] = []
        for together in self.requests(credentials, random):
            came_back = await client.send_all(together)
            exchanges += came_back
            if any(exchange.failure for exchange in came_back):
                break  # Whoever is too slow would otherwise cost minutes.
        wrong = [exchange for exchange in exchanges if not self.accepts(exchange)]
        p99 = quantile(exchanges, 0.99)
        too_slow = p99 > client.time_limit * self.p99_share
        summary = _summary(wrong or exchanges, named=bool(wrong))
        if self.p99_share < 1:
            summary += f"; p99 {p99:.3f} s, worst {quantile(exchanges, 1):.3f} s"
        return ScenarioResult(
            self.name,
            not wrong and not too_slow,
            self.sent,
            self.expected,
            summary,
            self.cost,
            perf_counter() - start,
            tuple(exchanges),
        )


def _summary(exchanges: Sequence[Exchange], *, named: bool) -> str:
    if not named:
        counted = Counter(map(str, exchanges))
        return ", ".join(
            text if count == 1 else f"{count} times {text}" for text, count in counted.items()
        )
    counted = Counter(f"{exchange.label}: {exchange}" for exchange in exchanges)
    texts = [text if count == 1 else f"{count} times {text}" for text, count in counted.items()]
    more = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _is_challenge(exchange: Exchange) -> bool:
    return exchange.is_challenge


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.has_status(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _is_client_error(exchange: Exchange) -> bool:
    return exchange.has_status(*range(400, 500))


def _is_answer(exchange: Exchange) -> bool:
    return exchange.is_success or _is_client_error(exchange)


def _is_success_or_too_large(exchange: Exchange) -> bool:
    return exchange.is_success or exchange.has_status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _is_success(exchange: Exchange) -> bool:
    return exchange.is_success


_NEVER_ARRIVES: Final = "No callback ever arrives: Bandwidth sends the credentials only if asked."
_INJECTION: Final = "Anyone who knows the URL can inject messages."
_RETRY_STORM: Final = "Every such callback is retried for 24 hours, then dropped for good."
_LOST: Final = "Retried for 24 hours, then dropped: a text cannot be fetched again."

SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario(
        "first-request-empty",
        sent="a POST with neither credentials nor a body: Bandwidth's first request",
        expected="401 with WWW-Authenticate: Basic",
        cost=_NEVER_ARRIVES,
        requests=requests.first_without_body,
        accepts=_is_challenge,
    ),
    Scenario(
        "first-request-with-body",
        sent="a text without credentials: Bandwidth's first request, or a stranger's",
        expected="401 with WWW-Authenticate: Basic",
        cost=f"{_NEVER_ARRIVES} Or, if it is accepted: {_INJECTION}",
        requests=requests.first_with_body,
        accepts=_is_challenge,
    ),
    Scenario(
        "wrong-username",
        sent="a text with another user name and the right password",
        expected="401 or 403",
        cost=_INJECTION,
        requests=requests.wrong_username,
        accepts=_is_refusal,
    ),
    Scenario(
        "wrong-password",
        sent="a text with the right user name and another password",
        expected="401 or 403",
        cost=_INJECTION,
        requests=requests.wrong_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "colon-in-password",
        sent="texts with passwords that are right up to a colon",
        expected="401 or 403",
        cost="A password with a colon is cut there: rightful requests are refused, or others let"
        " in.",
        requests=requests.colon_in_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "non-ascii-password",
        sent="a text with a password that holds ö and an emoji",
        expected="401 or 403",
        cost="Anyone can crash the endpoint, and a password beyond ASCII shuts Bandwidth out.",
        requests=requests.non_ascii_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "hostile-authorization",
        sent="Authorization headers that are not base64, not ASCII, without a colon, and worse",
        expected="4xx",
        cost="Anyone can crash the endpoint, or get in.",
        requests=requests.hostile_authorization,
        accepts=_is_client_error,
    ),
    Scenario(
        "every-event-type",
        sent="an event of every type that Bandwidth documents",
        expected="2xx",
        cost=_LOST,
        requests=requests.every_type,
        accepts=_is_success,
    ),
    Scenario(
        "sparse-event",
        sent="messages without text, or from a short code or a name",
        expected="2xx",
        cost=_LOST,
        requests=requests.sparse_event,
        accepts=_is_success,
    ),
    Scenario(
        "group-message",
        sent="one message's delivery to three recipients, which share its id",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.group_message,
        accepts=_is_success,
    ),
    Scenario(
        "unknown-type",
        sent="events of types that do not exist yet",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.unknown_type,
        accepts=_is_success,
    ),
    Scenario(
        "unknown-keys",
        sent="texts with keys and values that do not exist yet",
        expected="2xx",
        cost=_LOST,
        requests=requests.unknown_keys,
        accepts=_is_success,
    ),
    Scenario(
        "several-events",
        sent="one body with an event of every type",
        expected="2xx",
        cost=_LOST,
        requests=requests.several_events,
        accepts=_is_success,
    ),
    Scenario(
        "duplicate",
        sent="every event again, in the same bytes and others, one by one and all at once",
        expected="2xx",
        cost="Every retry fails like this one, until Bandwidth gives up; or a message is handled"
        " twice.",
        requests=requests.duplicate,
        accepts=_is_success,
    ),
    Scenario(
        "malformed-json",
        sent="bodies that are not JSON, or hostile JSON",
        expected="an answer, best 400; no 5xx, and no dropped connection",
        cost="A crash that anyone with the credentials can cause; retried for 24 hours.",
        requests=requests.malformed_json,
        accepts=_is_answer,
    ),
    Scenario(
        "malformed-event",
        sent="JSON that holds no event, or one with parts missing or of the wrong type",
        expected="an answer, best 400; no 5xx, and no dropped connection",
        cost="A crash that anyone with the credentials can cause; retried for 24 hours.",
        requests=requests.malformed_event,
        accepts=_is_answer,
    ),
    Scenario(
        "large-body",
        sent="a text in a body of 1 MiB",
        expected="2xx, or 413",
        cost=_RETRY_STORM,
        requests=requests.large_body,
        accepts=_is_success_or_too_large,
    ),
    Scenario(
        "slow-answer",
        sent="108 callbacks of every type, 9 at a time, some with ten pictures",
        expected="2xx in time: the worst within Bandwidth's 10 seconds, 99 of 100 within half",
        cost="What takes longer is sent again, and handled twice.",
        requests=requests.timed,
        accepts=_is_success,
        p99_share=0.5,
    ),
    Scenario(
        "concurrent-callbacks",
        sent=f"{requests.CONCURRENT} texts at the same time",
        expected="2xx",
        cost="Texts are retried, or lost, whenever many people write at once.",
        requests=requests.concurrent,
        accepts=_is_success,
    ),
)
"""Every scenario, in the order in which `check` plays them."""
