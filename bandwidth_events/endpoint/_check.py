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

# Enough for every scenario over a slow network; an endpoint that hangs would cost a minute more
# with each of them.
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

    Two requests come first. If neither is answered as a callback can be, the check
    ends; if they show a cause for which many scenarios fail, results name it.

    No request begins after 60 seconds, or after six time limits if that is longer,
    so the check of an endpoint that hangs ends one time limit later: by default,
    within 70 seconds. An endpoint that answers nothing at all costs two time limits.

    Args:
        url: The endpoint's URL.
        credentials: What the endpoint accepts. If its password holds a colon and
            a character beyond ASCII, the check covers these as well.
        scenarios: What to run.
        time_limit: In how many seconds each answer has to be there.
        allow_remote: Whether the URL may name another machine than this.
        random: Where the ids of messages come from. They have to be new to the
            endpoint, or its duplicate detection will meet them.
        on_result: Called with each result as soon as there is one.

    Returns:
        A result for each scenario, in their order.

    Raises:
        ValueError: The URL is invalid, or holds credentials, or names another
            machine without `allow_remote`; or `time_limit` is not above 0.
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
