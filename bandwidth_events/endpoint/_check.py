"""Check an endpoint."""

from collections.abc import Callable, Iterable
from random import Random, SystemRandom
from time import monotonic
from typing import Final

from bandwidth_events._auth import BasicCredentials

from ._client import Client
from ._preflight import preflight
from ._scenario import TIME_LIMIT, Scenario, ScenarioResult, run_scenario
from ._scenarios import SCENARIOS
from ._target import seconds, target

# Enough for every scenario over a slow network. Without this limit, an endpoint that hangs would
# cost a minute for each scenario.
_SECONDS: Final = 60
_TIME_LIMITS: Final = 6


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
    """Run scenarios against an endpoint, one after the other.

    The check starts with two requests. If their answers show that nothing at the URL can
    answer a callback, the check raises `UnreachableError`. If they reveal a cause that
    makes many scenarios fail, the results name the cause.

    No request starts after 60 seconds, or after six time limits if that is longer. So
    the check of an endpoint that hangs ends one time limit later: by default, within
    70 seconds. The check of an endpoint that never answers takes two time limits.

    Args:
        url: The endpoint's URL.
        credentials: The credentials that the endpoint accepts. Choose a password with a
            colon and a non-ASCII character to check these as well.
        scenarios: The scenarios to run.
        time_limit: The maximum time for each answer, in seconds.
        allow_remote: Whether the URL may name another machine.
        random: The source of the messages' ids. The ids must be new to the endpoint, or
            its duplicate detection would skip the messages.
        on_result: Called with each result as soon as it is available.

    Returns:
        A result for each scenario, in the order of the scenarios.

    Raises:
        ValueError: The URL is invalid, contains credentials, or names another machine
            without `allow_remote`; or `time_limit` is not above 0.
        UnreachableError: Nothing at the URL can answer a callback.
    """
    checked = target(url, allow_remote=allow_remote)
    end = monotonic() + max(_SECONDS, _TIME_LIMITS * seconds("time_limit", time_limit))
    random = random or SystemRandom()
    results: list[ScenarioResult] = []
    with Client(checked, time_limit=time_limit) as client:
        cause = preflight(client, credentials, random)
        for scenario in scenarios:
            results.append(run_scenario(scenario, client, credentials, random, cause, end))
            if on_result is not None:
                on_result(results[-1])
    return tuple(results)
