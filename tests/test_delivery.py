"""The progress of a message, and whose numbers are whose."""

import pytest
from bodies import INBOUND_TYPES, SAMPLES, STATUS_TYPES, event
from hypothesis import given
from hypothesis import strategies as st

from bandwidth_events import (
    BaseMessageEvent,
    DeliveryStage,
    Event,
    InboundEvent,
    StatusEvent,
    UnknownEvent,
    parse_callback,
)

STAGES = {
    "message-sending": DeliveryStage.SENDING,
    "message-sent": DeliveryStage.SENT,
    "message-failed": DeliveryStage.FAILED,
    "message-delivered": DeliveryStage.DELIVERED,
    "message-read": DeliveryStage.READ,
}


def parse_one(body: object) -> Event:
    (parsed,) = parse_callback([body])
    return parsed


@pytest.mark.parametrize("type_", STATUS_TYPES)
def test_every_outbound_event_has_a_stage(type_: str) -> None:
    parsed = parse_one(event(type_, message__direction="out"))
    assert isinstance(parsed, StatusEvent)
    assert parsed.stage is STAGES[type_]


@pytest.mark.parametrize("type_", [*INBOUND_TYPES, "message-sung"])
def test_no_other_event_has_a_stage(type_: str) -> None:
    parsed = parse_one(event(type_))
    assert not isinstance(parsed, StatusEvent)
    assert isinstance(parsed, InboundEvent) == (type_ in INBOUND_TYPES)
    assert not hasattr(parsed, "stage")


def test_stages_have_fixed_numbers_in_ascending_order() -> None:
    """Users store the numbers, so they never change."""
    assert [(stage.name, stage.value, stage.is_final) for stage in DeliveryStage] == [
        ("SENDING", 10, False),
        ("SENT", 20, False),
        ("UNCONFIRMED", 25, True),
        ("FAILED", 30, True),
        ("DELIVERED", 40, True),
        ("READ", 50, True),
    ]


def test_an_expired_receipt_is_not_a_failure() -> None:
    """Code 9902 means that Bandwidth stopped waiting."""
    expired = parse_one(event("message-failed", errorCode=9902))
    other = parse_one(event("message-failed", errorCode=9999))
    assert isinstance(expired, StatusEvent)
    assert isinstance(other, StatusEvent)
    assert expired.stage is DeliveryStage.UNCONFIRMED
    assert other.stage is DeliveryStage.FAILED


# The possible events of a message to one recipient, in chronological order.
_LIVES = [
    life[:length]
    for life in (
        ("message-sending", "message-sent", "message-delivered", "message-read"),
        ("message-sending", "message-sent", "message-failed"),
        ("message-sent", "message-failed", "message-delivered"),
    )
    for length in range(1, len(life) + 1)
]


@given(st.data())
def test_the_status_is_the_maximum_of_the_stages_seen(data: st.DataObject) -> None:
    """Neither the order of delivery nor duplicates matter."""
    life = data.draw(st.sampled_from(_LIVES))
    duplicates = data.draw(st.lists(st.sampled_from(life)))
    arrivals = data.draw(st.permutations([*life, *duplicates]))
    status: dict[tuple[str, str], DeliveryStage] = {}
    for type_ in arrivals:
        parsed = parse_one(event(type_))
        assert isinstance(parsed, StatusEvent)
        recipient = (parsed.message.id, parsed.to)
        status[recipient] = max(parsed.stage, status.get(recipient, parsed.stage))
    assert list(status.values()) == [STAGES[life[-1]]]


@given(st.sampled_from(INBOUND_TYPES), st.text(), st.text())
def test_the_envelope_of_an_inbound_event_contains_our_number(
    type_: str, ours: str, theirs: str
) -> None:
    parsed = parse_one(event(type_, to=ours, message__from=theirs, message__owner="elsewhere"))
    assert not isinstance(parsed, UnknownEvent)
    assert (parsed.our_number, parsed.counterparty) == (ours, theirs)


@given(st.sampled_from(STATUS_TYPES), st.text(), st.text())
def test_the_envelope_of_an_outbound_event_contains_the_recipient(
    type_: str, ours: str, theirs: str
) -> None:
    parsed = parse_one(event(type_, to=theirs, message__from=ours, message__owner="elsewhere"))
    assert not isinstance(parsed, UnknownEvent)
    assert (parsed.our_number, parsed.counterparty) == (ours, theirs)


@given(st.lists(st.text()))
def test_a_group_has_several_recipients(recipients: list[str]) -> None:
    parsed = parse_one(event(message__to=recipients))
    assert isinstance(parsed, BaseMessageEvent)
    assert parsed.message.is_group == (len(recipients) >= 2)


def test_the_counterparty_in_a_group_need_not_be_the_first_recipient() -> None:
    _, second = parse_callback(SAMPLES["delivered-group"])
    assert isinstance(second, StatusEvent)
    assert second.counterparty == "+15555550199"
    assert second.counterparty != second.message.to[0]
