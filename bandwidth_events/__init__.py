"""Typed events from Bandwidth's messaging callbacks, and their authentication.

>>> credentials = BasicCredentials("bandwidth", "correct horse battery staple")
>>> try:
...     verify_basic_auth(None, credentials)  # the value of the Authorization header
...     for event in parse_callback(b"[]"):  # the body of the request
...         if event.type == "message-received":
...             print(event.message.from_, event.message.text)
... except CallbackError as error:
...     print(error.status_code, error)  # answer this, with error.headers
401 no Authorization header
"""

from ._auth import BasicCredentials, verify_basic_auth
from ._errors import BasicAuthError, CallbackError, CallbackParseError, EventError
from ._events import (
    BaseMessageEvent,
    Event,
    InboundMessageEvent,
    Message,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    MessageSendingEvent,
    UnknownEvent,
)
from ._parse import encode_callback, parse_callback

__all__ = [
    "BaseMessageEvent",
    "BasicAuthError",
    "BasicCredentials",
    "CallbackError",
    "CallbackParseError",
    "Event",
    "EventError",
    "InboundMessageEvent",
    "Message",
    "MessageDeliveredEvent",
    "MessageEvent",
    "MessageFailedEvent",
    "MessageSendingEvent",
    "UnknownEvent",
    "encode_callback",
    "parse_callback",
    "verify_basic_auth",
]
