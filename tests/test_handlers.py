"""The properties of `docs/testing.md` find each bug. That they hold, running the page shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
from bodies import ROOT
from handlers import buggy
from handlers.correct import Handler
from pages import DERANDOMISED, run

from bandwidth_events import (
    Event,
    InboundEvent,
    MessageEvent,
    StatusEvent,
    UnknownEvent,
    parse_callback,
)
from bandwidth_events.media import is_bandwidth_media

TEXTS = "test_every_text_is_filed_once"
STATUS = "test_the_status_is_the_furthest_stage"
REPLIES = "test_only_people_who_wrote_get_a_reply"
CREDENTIALS = "test_only_bandwidth_gets_the_credentials"
FAILURES = "test_what_could_not_be_filed_is_filed_later"
SMALL = 6  # Deliveries have up to about thirty events; a bug's cause takes one or two.


@dataclass(frozen=True)
class Arrivals:
    """What the smallest failing delivery brings."""

    bodies: list[bytes]

    @property
    def callbacks(self) -> list[list[Event]]:
        return [parse_callback(body) for body in self.bodies]

    @property
    def events(self) -> list[Event]:
        return [event for callback in self.callbacks for event in callback]

    @property
    def known(self) -> list[MessageEvent]:
        return [event for event in self.events if not isinstance(event, UnknownEvent)]


def pairs(arrivals: Arrivals) -> Iterator[tuple[MessageEvent, MessageEvent]]:
    """Give every two events, of which the first arrives first."""
    return combinations(arrivals.known, 2)


def several_in_one(arrivals: Arrivals) -> bool:
    return max(map(len, arrivals.callbacks)) > 1


def one_without_text(arrivals: Arrivals) -> bool:
    return any(isinstance(e, InboundEvent) and e.message.text is None for e in arrivals.known)


def one_unknown(arrivals: Arrivals) -> bool:
    return any(isinstance(event, UnknownEvent) for event in arrivals.events)


def one_status(arrivals: Arrivals) -> bool:
    return any(isinstance(event, StatusEvent) for event in arrivals.known)


def two_recipients(arrivals: Arrivals) -> bool:
    return any(
        (first.type, first.message.id) == (second.type, second.message.id) and first.to != second.to
        for first, second in pairs(arrivals)
    )


def one_repeated(arrivals: Arrivals) -> bool:
    return any(first.dedupe_key == second.dedupe_key for first, second in pairs(arrivals))


def one_repeated_in_other_bytes(arrivals: Arrivals) -> bool:
    return one_repeated(arrivals) and len(set(arrivals.bodies)) > 1


def one_late(arrivals: Arrivals) -> bool:
    return any(
        isinstance(first, StatusEvent)
        and isinstance(second, StatusEvent)
        and first.message.id == second.message.id
        and first.stage > second.stage
        for first, second in pairs(arrivals)
    )


def one_inbound(arrivals: Arrivals) -> bool:
    return any(isinstance(event, InboundEvent) for event in arrivals.known)


def one_to_a_later_recipient(arrivals: Arrivals) -> bool:
    return any(isinstance(e, InboundEvent) and e.to != e.message.to[0] for e in arrivals.known)


def one_without_phone_number(arrivals: Arrivals) -> bool:
    addresses = (address for e in arrivals.known for address in (e.to, e.message.from_))
    return not all(address.startswith("+1") for address in addresses)


def one_foreign_url(arrivals: Arrivals) -> bool:
    return any(not is_bandwidth_media(url) for e in arrivals.known for url in e.message.media)


BUGS: dict[str, tuple[int, type[Handler], str, Callable[[Arrivals], bool]]] = {
    handler.__name__: (family, handler, property_, shows)
    for family, handler, property_, shows in (
        (1, buggy.OnlyFirstEvent, TEXTS, several_in_one),
        (2, buggy.OnlyLastEvent, TEXTS, several_in_one),
        (3, buggy.TextTakenForGranted, TEXTS, one_without_text),
        (4, buggy.UnknownTypeNotExpected, TEXTS, one_unknown),
        (10, buggy.ReplyToItself, REPLIES, one_status),
        (11, buggy.OneKeyForAGroup, STATUS, two_recipients),
        (12, buggy.KeyOfTheBody, TEXTS, one_repeated_in_other_bytes),
        (12, buggy.NoKey, TEXTS, one_repeated),
        (13, buggy.LastStatusWins, STATUS, one_late),
        (14, buggy.SwallowedException, FAILURES, one_inbound),
        (15, buggy.FirstRecipientIsUs, TEXTS, one_to_a_later_recipient),
        (17, buggy.PhoneNumbersOnly, TEXTS, one_without_phone_number),
        (20, buggy.CredentialsForEverybody, CREDENTIALS, one_foreign_url),
    )
}


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """Give what the page defines, with its properties set to be the same each time."""
    defined = run(ROOT / "docs/testing.md")
    for name in (TEXTS, STATUS, REPLIES, CREDENTIALS, FAILURES):
        DERANDOMISED(defined[name])
    return defined


@pytest.mark.parametrize("name", BUGS)
def test_a_property_finds_the_bug_and_its_smallest_example_shows_it(
    name: str, page: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, handler, property_, shows = BUGS[name]
    run_property = page[property_]
    inner = run_property.hypothesis.inner_test
    failing: list[dict[str, Any]] = []

    def record(**example: Any) -> None:  # noqa: ANN401  # whatever the property takes
        try:
            inner(**example)
        except Exception:
            failing.append(example)
            raise

    monkeypatch.setitem(page, "Handler", handler)
    monkeypatch.setattr(run_property.hypothesis, "inner_test", record)
    with pytest.raises((AssertionError, KeyError, AttributeError, ValueError)) as raised:
        run_property()
    arrivals = Arrivals(failing[-1]["delivery"][1])
    assert shows(arrivals), raised.value
    assert len(arrivals.events) <= SMALL
