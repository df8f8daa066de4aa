"""Configuration of the tests."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from bandwidth_events._model import wire_names
from bandwidth_events._parse import _locate

# A busy machine must not cause a failure; the benchmarks measure speed. So examples have no
# deadline, and the health check for slow generation, which reads the wall clock, is off.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", PATIENT)
settings.load_profile("patient")
# For `make matrix`, which runs the tests on each Python. Other versions execute other code, but on
# the same inputs, so fewer examples are enough, and failing examples need not be shrunk.
settings.register_profile("matrix", settings(), max_examples=25, phases=set(Phase) - {Phase.shrink})
# For the tests of each mutant: the same examples each time, so that the score is reproducible.
settings.register_profile("mutants", settings(), max_examples=25, derandomize=True)

# The files that take longest, the longest first. Files at the end have to be short, or processes
# wait for the last one.
_LONG = (
    *("strategies", "durable", "endpoint_check", "handlers", "recipes", "main", "parse"),
    *("tutorial", "aws", "broker", "demo", "telemetry", "hostile", "docs", "commands"),
)


def pytest_configure() -> None:
    # mutmut runs the tests once before it applies a mutant: values cached then would hide it.
    _locate.cache_clear()
    wire_names.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {f"test_{name}.py": rank for rank, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
