"""Call an HTTP endpoint as Bandwidth does. Needs the extra ``endpoint``."""

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
_UNAWARE = {  # aliases and constants do not know their module
    *("LAMBDA_FRONT_ENDS", "SCENARIOS"),
    *("Failure", "Framing", "Handshake", "LambdaFrontEnd", "Redirect", "Rounds"),
}
for _name in set(__all__) - _UNAWARE:
    # As in the package: documentation and tracebacks name the public module.
    globals()[_name].__module__ = __name__
