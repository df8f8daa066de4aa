"""A scenario, and its result."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom
from time import monotonic, perf_counter
from typing import Final, TypeAlias

from bandwidth_events._auth import BasicCredentials

from ._client import Client
from ._exchange import Exchange, Request, quantile
from ._target import seconds, target

Rounds: TypeAlias = Iterable[list[Request]]
"""Requests, of which those in one list are made at the same time, up to 256."""

TIME_LIMIT: Final = 10.0
"""How many seconds Bandwidth waits for an answer."""

_SHOWN: Final = 5
"""How many of the exchanges that went wrong a result names."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why many scenarios fail."""

    text: str
    explains: Callable[[Exchange], bool]
    """Returns whether an exchange went wrong because of it."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The result of a scenario. Of the answers, it holds only the status."""

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
    """Every request, with what came back; empty if the check ended before."""

    cause: str | None = None
    """Why this scenario failed, if `check` found a cause that many scenarios share."""

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {'passed' if self.passed else 'FAILED'}",
            f"  sent:      {self.sent}",
            f"  expected:  {self.expected}",
            f"  came back: {self.came_back}",
        ]
        if self.cause is not None:
            lines.append(f"  cause:     {self.cause}")
        elif not self.passed:
            lines.append(f"  cost:      {self.cost}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that happens to an endpoint in production."""

    name: str
    """A name for reports, in the letters of file names."""

    sent: str
    """What is sent, for a person to read, as are the following."""

    expected: str
    """What has to come back."""

    cost: str
    """What a failure costs in production."""

    requests: Callable[[BasicCredentials, Random], Rounds] = field(repr=False)
    """Builds the requests from the right credentials. The ids of messages have to come from
    the random numbers, or the endpoint takes a message for a duplicate."""

    accepts: Callable[[Exchange], bool] = field(repr=False)
    """Returns whether what came back is as expected."""

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
        """Run the scenario against an endpoint.

        Args:
            url: The endpoint's URL.
            credentials: What the endpoint accepts.
            time_limit: In how many seconds each answer has to be there.
            allow_remote: Whether the URL may name another machine than this.
            random: Where the ids of messages come from. They have to be new to the
                endpoint, or its duplicate detection will meet them.

        Returns:
            The result. An endpoint that cannot be reached is a failure too.

        Raises:
            ValueError: The URL is invalid, or holds credentials, or names another
                machine without `allow_remote`; or `time_limit` is not above 0.
        """
        checked = target(url, allow_remote=allow_remote)
        with Client(checked, time_limit=seconds("time_limit", time_limit)) as client:
            return run_scenario(self, client, credentials, random or SystemRandom())


def run_scenario(  # noqa: PLR0913, PLR0917  # what `check` knows beside a scenario
    scenario: Scenario,
    client: Client,
    credentials: BasicCredentials,
    random: Random,
    cause: Cause | None = None,
    end: float = math.inf,
) -> ScenarioResult:
    """Run a scenario through a client.

    Args:
        scenario: The scenario.
        client: Makes the requests.
        credentials: What the endpoint accepts.
        random: Where the ids of messages come from.
        cause: Why many scenarios fail, if that is known.
        end: When no more requests shall be made, by the monotonic clock.
    """
    start = perf_counter()
    exchanges: list[Exchange] = []
    is_cut = False
    for together in scenario.requests(credentials, random):
        if is_cut := monotonic() >= end:
            break
        came_back = client.send_all(together)
        exchanges += came_back
        if any(exchange.failure for exchange in came_back):
            break  # An endpoint that is too slow would otherwise cost minutes.
    wrong = [exchange for exchange in exchanges if not scenario.accepts(exchange)]
    p99 = quantile(exchanges, 0.99)
    is_slow = p99 > client.time_limit * scenario.p99_share
    summary = [_summary(wrong or exchanges, named=bool(wrong))] if exchanges else []
    if scenario.p99_share < 1 and exchanges:
        summary.append(f"p99 {p99:.3f} s, worst {quantile(exchanges, 1):.3f} s")
    if is_cut:
        summary.append("the check ended before everything was sent")
    return ScenarioResult(
        scenario.name,
        not (wrong or is_slow or is_cut),
        scenario.sent,
        scenario.expected,
        "; ".join(summary),
        scenario.cost,
        perf_counter() - start,
        tuple(exchanges),
        cause.text if cause and wrong and all(map(cause.explains, wrong)) else None,
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
