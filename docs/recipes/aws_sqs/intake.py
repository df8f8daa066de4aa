"""The route, behind an HTTP API: ``python -m awslambdaric aws_sqs.intake.callback``."""

import logging
from base64 import b64decode
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bandwidth_events import BasicCredentials, CallbackError, verify_basic_auth

from .message import pack
from .settings import IntakeSettings

_LOG = logging.getLogger(__name__)
_SETTINGS = IntakeSettings.load()
_CREDENTIALS = BasicCredentials(_SETTINGS.username, _SETTINGS.password.get_secret_value())
# Two attempts, and a pause of up to a second between them: five seconds at most. One attempt would
# not do, because SQS closes idle connections while Lambda has the process frozen.
_SQS = boto3.client(
    "sqs",
    config=Config(
        connect_timeout=0.5,
        read_timeout=1.5,
        retries={"mode": "standard", "total_max_attempts": 2},
    ),
)


def callback(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request, in payload format 2.0: 204 if its body is in the queue."""
    try:
        verify_basic_auth(request["headers"].get("authorization"), _CREDENTIALS)
    except CallbackError as error:
        return {"statusCode": error.status_code, "headers": dict(error.headers)}
    text: str = request.get("body", "")
    body = b64decode(text) if request["isBase64Encoded"] else text.encode()
    message = pack(body)
    if message is None:
        _LOG.error("a body of %d bytes is too large for SQS", len(body))
        return {"statusCode": 413}
    try:
        _SQS.send_message(QueueUrl=_SETTINGS.queue_url, MessageBody=message)
    except (BotoCoreError, ClientError) as error:
        _LOG.warning("SQS refuses, or does not answer in time: %s", _describe(error))
        return {"statusCode": 503}
    return {"statusCode": 204}


def _describe(error: BotoCoreError | ClientError) -> str:
    """Name an error without its text."""
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    return " ".join(filter(None, [type(error).__name__, code]))
