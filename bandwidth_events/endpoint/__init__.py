"""Play Bandwidth to an HTTP endpoint. Needs the extra ``endpoint``."""

from bandwidth_events._extras import require

require("httpx", "endpoint")

from ._check import UnreachableError, check
from ._exchange import Exchange
from ._scenarios import SCENARIOS, Scenario, ScenarioResult
from ._simulate import Attempt, Delivery, Handshake, Simulation, simulate

__all__ = [
    "SCENARIOS",
    "Attempt",
    "Delivery",
    "Exchange",
    "Handshake",
    "Scenario",
    "ScenarioResult",
    "Simulation",
    "UnreachableError",
    "check",
    "simulate",
]
