"""The checks of an endpoint, against real servers."""

from collections.abc import Iterator

import pytest
from handlers.correct import CREDENTIALS, Handler
from servers import serve

from bandwidth_events.endpoint import SCENARIOS, Scenario


@pytest.fixture(scope="module")
def correct() -> Iterator[str]:
    with serve(Handler) as url:
        yield url


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_correct_handler_passes(scenario: Scenario, correct: str) -> None:
    result = scenario.run(correct, CREDENTIALS)
    assert result.passed, str(result)
