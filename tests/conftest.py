"""Configuration of the tests."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from bandwidth_events._message import wire_names
from bandwidth_events._parse import _locate

# A busy machine is no failure: speed is for benchmarks. So no example has a deadline, and there is
# no check of how long it takes to generate one, which reads the clock on the wall.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", PATIENT)
settings.load_profile("patient")
# For `make matrix`, which runs the tests on each Python. Other versions are other code, not other
# inputs, so fewer examples will do, and of those that fail nobody needs the smallest.
settings.register_profile("matrix", settings(), max_examples=25, phases=set(Phase) - {Phase.shrink})
# Where the tests run for each mutant: the same examples each time, or a score would be an accident.
settings.register_profile("mutants", settings(), max_examples=25, derandomize=True)

# The files that take longest. What begins last should be short, or one process waits for the other.
_LONG = {"test_handlers.py", "test_hostile.py", "test_parse.py", "test_strategies.py"}


def pytest_configure() -> None:
    # mutmut runs the tests once before it makes a mutant: what was cached then would hide it.
    _locate.cache_clear()
    wire_names.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in _LONG)
