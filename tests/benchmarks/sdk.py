"""Bandwidth's official SDK, which parses an event that is decoded already."""

import json
from collections.abc import Sequence

from bandwidth.models.callback import Callback
from bandwidth.models.inbound_callback import InboundCallback
from bandwidth.models.status_callback import StatusCallback
from bodies import INBOUND_TYPES


def callback(body: bytes) -> Sequence[object]:
    """Parse by the `Callback` that its documentation shows."""
    return [Callback.from_dict(event) for event in json.loads(body)]


def direct(body: bytes) -> Sequence[object]:
    """Parse by the model of the direction, chosen by hand."""
    return [
        (InboundCallback if event["type"] in INBOUND_TYPES else StatusCallback).from_dict(event)
        for event in json.loads(body)
    ]
