"""Check an endpoint."""

import asyncio
from collections.abc import Callable, Iterable
from random import Random, SystemRandom

from bandwidth_events._auth import BasicCredentials

from ._client import Client
from ._requests import post
from ._scenarios import SCENARIOS, TIME_LIMIT, Scenario, ScenarioResult
from ._target import target


class UnreachableError(Exception):
    """There is nothing at the URL to check: no host, no connection, or no encrypted one."""


def check(  # noqa: PLR0913  # all but two have a default
    url: str,
    credentials: BasicCredentials,
    *,
    scenarios: Iterable[Scenario] = SCENARIOS,
    time_limit: float = TIME_LIMIT,
    allow_remote: bool = False,
    random: Random | None = None,
    on_result: Callable[[ScenarioResult], None] | None = None,
) -> tuple[ScenarioResult, ...]:
    """Play scenarios to an endpoint, one after the other.

    Runs an event loop of its own, so in asynchronous code it belongs into a
    thread: ``await asyncio.to_thread(check, …)``.

    Args:
        url: The endpoint's URL.
        credentials: What the endpoint accepts. If its password holds a colon and
            a character beyond ASCII, the check covers these as well.
        scenarios: What to play.
        time_limit: In how many seconds each answer has to be there.
        allow_remote: Whether the URL may name another machine than this.
        random: Where the ids of messages come from. They have to be new to the
            endpoint, or its duplicate detection will meet them.
        on_result: Called with each result as soon as there is one.

    Returns:
        A result for each scenario, in their order.

    Raises:
        ValueError: The URL is none, or holds credentials, or names another
            machine without `allow_remote`.
        UnreachableError: No connection could be made at the beginning.
    """
    checked = target(url, allow_remote=allow_remote)
    random = random or SystemRandom()

    async def run() -> tuple[ScenarioResult, ...]:
        results: list[ScenarioResult] = []
        async with Client(checked, time_limit=time_limit) as client:
            first = await client.send(post("", None, body=b""))
            if first.failure in {"unreachable", "tls"}:
                raise UnreachableError(first.detail)
            for scenario in scenarios:
                results.append(await scenario.play(client, credentials, random))
                if on_result is not None:
                    on_result(results[-1])
        return tuple(results)

    return asyncio.run(run())
