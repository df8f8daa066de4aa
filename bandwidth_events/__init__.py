"""Typed events from Bandwidth's messaging callbacks, and their authentication.

>>> credentials = BasicCredentials("bandwidth", "correct horse battery staple")
>>> try:
...     verify_basic_auth(None, credentials)  # the value of the Authorization header
...     for event in parse_callback(b"[]"):  # the body of the request
...         if event.type == "message-received":
...             print(event.message.from_, event.message.text)
... except CallbackError as error:
...     print(error.status_code, error)  # respond with this and error.headers
401 no Authorization header
"""

from ._auth import BasicCredentials, verify_basic_auth
from ._errors import (
    BasicAuthError,
    CallbackError,
    CallbackParseError,
    EventError,
    EventErrorCode,
)
from ._events import (
    BaseMessageEvent,
    DeliveryStage,
    Event,
    InboundEvent,
    InboundMessageEvent,
    LocationResponseEvent,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    StatusEvent,
    SuggestionResponseEvent,
    UnknownEvent,
)
from ._message import Content, LocationResponse, MediaFile, Message, SuggestionResponse
from ._parse import encode_callback, parse_callback

__all__ = [
    "BaseMessageEvent",
    "BasicAuthError",
    "BasicCredentials",
    "CallbackError",
    "CallbackParseError",
    "Content",
    "DeliveryStage",
    "Event",
    "EventError",
    "EventErrorCode",
    "InboundEvent",
    "InboundMessageEvent",
    "LocationResponse",
    "LocationResponseEvent",
    "MediaFile",
    "Message",
    "MessageDeliveredEvent",
    "MessageEvent",
    "MessageFailedEvent",
    "MessageReadEvent",
    "MessageSendingEvent",
    "MessageSentEvent",
    "StatusEvent",
    "SuggestionResponse",
    "SuggestionResponseEvent",
    "UnknownEvent",
    "encode_callback",
    "parse_callback",
    "verify_basic_auth",
]
