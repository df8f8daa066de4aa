"""Call an HTTP endpoint as Bandwidth does. Needs the extra ``endpoint``.

Provisional: may change in a minor version, with an entry in the changelog.
"""

from bandwidth_events._extras import require

require("httpx", "endpoint")
require("h11", "endpoint")

from ._check import check
from ._exchange import Exchange, Failure, Framing, Redirect, Request
from ._lambda import LAMBDA_FRONT_ENDS, LambdaFrontEnd, lambda_event
from ._preflight import UnreachableError
from ._scenario import Rounds, Scenario, ScenarioResult
from ._scenarios import SCENARIOS
from ._serve import serve
from ._simulate import Attempt, Delivery, Handshake, Simulation, simulate

__all__ = [
    "LAMBDA_FRONT_ENDS",
    "SCENARIOS",
    "Attempt",
    "Delivery",
    "Exchange",
    "Failure",
    "Framing",
    "Handshake",
    "LambdaFrontEnd",
    "Redirect",
    "Request",
    "Rounds",
    "Scenario",
    "ScenarioResult",
    "Simulation",
    "UnreachableError",
    "check",
    "lambda_event",
    "serve",
    "simulate",
]
