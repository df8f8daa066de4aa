"""Bandwidth's official SDK, which parses a decoded event."""

import json
from collections.abc import Sequence

from bandwidth.models.callback import Callback
from bandwidth.models.inbound_callback import InboundCallback
from bandwidth.models.status_callback import StatusCallback
from bodies import INBOUND_TYPES


def callback(body: bytes) -> Sequence[object]:
    """Parse with `Callback`, as in the SDK's documentation."""
    return [Callback.from_dict(event) for event in json.loads(body)]


def direct(body: bytes) -> Sequence[object]:
    """Parse with the model for the direction, selected by hand."""
    return [
        (InboundCallback if event["type"] in INBOUND_TYPES else StatusCallback).from_dict(event)
        for event in json.loads(body)
    ]
