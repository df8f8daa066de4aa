"""Start a recipe, deliver callbacks to it, check it, and stop it: ``make demo``.

Exits with 1 if a step fails.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from random import Random

from handlers.correct import CREDENTIALS
from recipes import ENVIRONMENT, serving

from bandwidth_events import Event
from bandwidth_events.endpoint import Delivery, simulate
from bandwidth_events.testing import (
    inbound_message,
    message_delivered,
    message_failed,
    message_sending,
    message_sent,
    unknown_event,
)

SINGLE = inbound_message(id="1", text="Is the blue kayak still for rent?")
GROUP = message_sending(
    id="2",
    message_to=("+15555550198", "+15555550199"),
    media=("https://cdn.kayaks.example/blue.jpg",),
)
HISTORY: list[Event] = [
    SINGLE,
    GROUP,
    *(message_sent(message=GROUP.message, to=to, text="") for to in GROUP.message.to),
    message_delivered(message=GROUP.message, to="+15555550199", text=""),
    message_failed(message=GROUP.message, to="+15555550198", text="", error_code=4720),
    inbound_message(id="3", text="STOP", from_="+15555550199"),
    unknown_event(raw_type="message-translated"),
]


def deliver(url: str, printed: Callable[[], str]) -> bool:
    """Deliver a history to an endpoint, and print what happens.

    Args:
        url: The URL of the endpoint.
        printed: Returns the recipe's output so far.

    Returns:
        Whether every callback was answered and handled.
    """
    print("\nBandwidth delivers events in any order and some twice, each with its handshake:")
    before = len(printed())
    simulation = simulate(
        url,
        HISTORY,
        credentials=CREDENTIALS,
        handshake="with-body",
        duplicates=0.4,
        reorder=True,
        concurrency=1,
        attempts=1,
        random=Random(10),
    )
    for delivery in simulation.deliveries:
        print(f"  {_line(delivery)}")

    handled = printed()[before:].splitlines()
    print("\nThe handler received typed events and printed:")
    for line in handled:
        print(f"  {line}")
    return not simulation.lost and len(handled) == len(simulation.deliveries)


def check(url: str) -> bool:
    """Check an endpoint with the command line, and return whether every scenario passed."""
    print(f"\npython -m bandwidth_events check {url}", flush=True)
    command = [sys.executable, "-m", "bandwidth_events", "check", url]
    done = subprocess.run(command, env={**os.environ, **ENVIRONMENT}, check=False)
    return done.returncode == 0


def _line(delivery: Delivery) -> str:
    event = delivery.event
    assert event is not None  # only bodies have no event
    type_ = event.raw_type if event.type == "unknown" else event.type
    answers = ", then ".join(str(exchange) for exchange in delivery.attempts[0].exchanges)
    return f"{type_ + ' again' * delivery.is_duplicate:24} {answers}"


def main() -> int:
    """Run the demo with a recipe, and return the exit code."""
    with serving("fastapi_app", "--log-level", "warning") as (root, process):
        url = f"{root}/callbacks"
        print(f"docs/recipes/fastapi_app.py runs under uvicorn, at {url}")
        is_well = deliver(url, lambda: process.output) and check(url)
    print("Every step succeeded, and every process has stopped." if is_well else "A step failed.")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
