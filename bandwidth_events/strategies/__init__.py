"""Hypothesis strategies for everything that Bandwidth can send. Needs the extra ``strategies``.

Provisional: may change in a minor version, with an entry in the changelog.

Importing this module registers the models of this library with Hypothesis, and nothing else.
`hypothesis.strategies.from_type` then generates events as Bandwidth sends them, and Hypothesis
prints events in full.
"""

from typing import Final

from bandwidth_events._extras import require

require("hypothesis", "strategies")

from hypothesis.strategies import SearchStrategy, one_of, register_type_strategy

from bandwidth_events._events import BaseMessageEvent, InboundEvent, StatusEvent
from bandwidth_events._message import (
    Content,
    LocationResponse,
    MediaFile,
    Message,
    SuggestionResponse,
)

from . import _printing
from . import _values as values
from ._bodies import callback_bodies, malformed_bodies
from ._deliveries import Delivery, deliveries, redeliveries
from ._events import (
    EVENT_STRATEGIES,
    EventStrategies,
    events,
    inbound_message_events,
    location_response_events,
    message_delivered_events,
    message_failed_events,
    message_read_events,
    message_sending_events,
    message_sent_events,
    suggestion_response_events,
    unknown_events,
)
from ._headers import authorization_headers
from ._histories import histories
from ._messages import MessageStrategies, messages
from ._outages import Outage, outages

__all__ = [
    "Delivery",
    "EventStrategies",
    "MessageStrategies",
    "Outage",
    "authorization_headers",
    "callback_bodies",
    "deliveries",
    "events",
    "histories",
    "inbound_message_events",
    "location_response_events",
    "malformed_bodies",
    "message_delivered_events",
    "message_failed_events",
    "message_read_events",
    "message_sending_events",
    "message_sent_events",
    "messages",
    "outages",
    "redeliveries",
    "suggestion_response_events",
    "unknown_events",
]

_BASES: Final = (BaseMessageEvent, InboundEvent, StatusEvent)
_REGISTERED: Final[dict[type, SearchStrategy[object]]] = {
    **EVENT_STRATEGIES,
    **{
        base: one_of([EVENT_STRATEGIES[c] for c in EVENT_STRATEGIES if issubclass(c, base)])
        for base in _BASES
    },
    Message: messages(),
    Content: values.CONTENTS,
    MediaFile: values.MEDIA_FILES,
    SuggestionResponse: values.SUGGESTION_RESPONSES,
    LocationResponse: values.LOCATION_RESPONSES,
}
for _model, _strategy in _REGISTERED.items():
    register_type_strategy(_model, _strategy)
_printing.register_printer()
