"""Scenarios and their results."""

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
"""Lists of requests. The requests in one list, up to 256, are made simultaneously."""

TIME_LIMIT: Final = 10.0
"""The seconds that Bandwidth waits for an answer."""

_SHOWN: Final = 5
"""The maximum number of failed exchanges that a result names."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause that many failed scenarios share."""

    text: str
    explains: Callable[[Exchange], bool]
    """Returns whether the cause made an exchange fail."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The result of a scenario. Contains the statuses of the answers, but not their bodies."""

    name: str
    """The name of the scenario."""

    passed: bool
    """Whether every answer was as expected."""

    sent: str
    """A description of the requests, for people to read."""

    expected: str
    """A description of the expected answers."""

    came_back: str
    """A description of the actual answers."""

    cost: str
    """What a failure costs in production."""

    seconds: float
    """The duration of the scenario."""

    exchanges: tuple[Exchange, ...]
    """Every exchange; empty if the check ended before the scenario."""

    cause: str | None = None
    """The cause of the failure, if `check` found one that many scenarios share."""

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
    """A situation that an endpoint has to handle in production."""

    name: str
    """The name in reports. Use characters that are valid in file names."""

    sent: str
    """A description of the requests, for people to read."""

    expected: str
    """A description of the expected answers."""

    cost: str
    """What a failure costs in production."""

    requests: Callable[[BasicCredentials, Random], Rounds] = field(repr=False)
    """Builds the requests from the correct credentials. Draw message ids from the random
    generator; otherwise the endpoint may treat a message as a duplicate."""

    accepts: Callable[[Exchange], bool] = field(repr=False)
    """Returns whether an answer is as expected."""

    p99_share: float = 1.0
    """The share of the time limit within which 99 of 100 answers must arrive."""

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
            credentials: The credentials that the endpoint accepts.
            time_limit: The maximum time for each answer, in seconds.
            allow_remote: Whether the URL may name another machine.
            random: The source of the messages' ids. The ids must be new to the endpoint,
                or its duplicate detection would skip the messages.

        Returns:
            The result. If the endpoint cannot be reached, the scenario fails.

        Raises:
            ValueError: The URL is invalid, contains credentials, or names another machine
                without `allow_remote`; or `time_limit` is not above 0.
        """
        checked = target(url, allow_remote=allow_remote)
        with Client(checked, time_limit=seconds("time_limit", time_limit)) as client:
            return run_scenario(self, client, credentials, random or SystemRandom())


def run_scenario(  # noqa: PLR0913, PLR0917  # the state of `check`
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
        credentials: The credentials that the endpoint accepts.
        random: The source of the messages' ids.
        cause: The cause that many scenarios share, if there is one.
        end: The time on the monotonic clock after which no request starts.
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
            break  # otherwise, an endpoint that is too slow would cost minutes
    wrong = [exchange for exchange in exchanges if not scenario.accepts(exchange)]
    p99 = quantile(exchanges, 0.99)
    is_slow = p99 > client.time_limit * scenario.p99_share
    summary = [_summary(wrong or exchanges, named=bool(wrong))] if exchanges else []
    if scenario.p99_share < 1 and exchanges:
        summary.append(f"p99 {p99:.3f} s, worst {quantile(exchanges, 1):.3f} s")
    if is_cut:
        summary.append("the check ended before every request was sent")
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
