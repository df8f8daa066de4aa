"""AWS on loopback: queues, functions under AWS' own runtime, and what calls the functions."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import uuid4

import boto3
import yaml
from bodies import ROOT
from gateways import Lambda, Request, Response, from_lambda, serve, to_lambda
from processes import Process, running

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FOLDER: Final = ROOT / "docs/recipes"
FRONT_END: Final = "http-api-2.0"
_ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_AT_ONCE: Final = 10  # messages in one call of SQS, at most

Function: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
_Message: TypeAlias = Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads templates: ``!Ref Queue`` and the like are tags to YAML."""


def _tagged(_: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, object]:
    return {tag: node.value}


_Loader.add_multi_constructor("!", _tagged)  # pyright: ignore[reportUnknownMemberType]
_TEMPLATE: Final = yaml.load((FOLDER / "aws_sqs/template.yaml").read_text(), _Loader)  # noqa: S506  # a safe one
RESOURCES: Final[Mapping[str, Any]] = {
    name: resource["Properties"] for name, resource in _TEMPLATE["Resources"].items()
}
"""The properties of what the template creates."""

MAPPING: Final[Mapping[str, Any]] = RESOURCES["Worker"]["Events"]["Bodies"]["Properties"]


@contextmanager
def queue_service() -> Generator[Process]:
    """Run moto's server, which keeps queues in memory and behaves as SQS does."""
    command = ["moto_server", "--host", "127.0.0.1", "--port", "0"]
    environment = {"COVERAGE_PROCESS_CONFIG": ""}
    with running(*command, directory=FOLDER, environment=environment) as process:
        yield process


def settings(endpoint: str) -> dict[str, str]:
    """Return the environment in which boto3 calls a server instead of AWS."""
    return {**_ACCOUNT, "AWS_ENDPOINT_URL_SQS": endpoint}


def client(endpoint: str) -> "SQSClient":
    return boto3.client(  # pyright: ignore[reportUnknownMemberType]  # of every other service
        "sqs",
        endpoint_url=endpoint,
        region_name=_ACCOUNT["AWS_DEFAULT_REGION"],
        aws_access_key_id=_ACCOUNT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=_ACCOUNT["AWS_SECRET_ACCESS_KEY"],
    )


def create_queues(
    sqs: "SQSClient",
    *,
    visibility: int = RESOURCES["Callbacks"]["VisibilityTimeout"],
    receives: int = RESOURCES["Callbacks"]["RedrivePolicy"]["maxReceiveCount"],
) -> tuple[str, str]:
    """Create the template's two queues, and return their URLs, first that of the callbacks.

    Args:
        sqs: Where.
        visibility: The visibility timeout, in seconds.
        receives: The number of receives after which a message is set aside.
    """
    other = _create(sqs, RESOURCES["Undeliverable"])
    arn = sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": receives}
    changed = {"VisibilityTimeout": visibility, "RedrivePolicy": json.dumps(policy)}
    return _create(sqs, {**RESOURCES["Callbacks"], **changed}), other


def _create(sqs: "SQSClient", properties: Mapping[str, object]) -> str:
    attributes = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in properties.items()
    }
    # Any name, because the service is shared.
    return sqs.create_queue(QueueName=str(uuid4()), Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]  # names of attributes


class EventSourceMapping:
    """Brings messages to a function, as AWS documents for SQS as an event source of Lambda.

    It is part of AWS, and nobody can run it elsewhere. It polls the queue, calls the function with
    a batch, and deletes what the function handled. If the function fails, or the answer is not
    understood, the whole batch stays in the queue; if the answer names items, these do.
    """

    def __init__(
        self, sqs: "SQSClient", queue: str, function: Function, batch: int = MAPPING["BatchSize"]
    ) -> None:
        self._sqs = sqs
        self._queue = queue
        self._function = function
        self._batch = batch

    def poll(self) -> int:
        """Call the function once, if there are messages, and return how many."""
        messages = self._receive()
        if messages:
            by_id = {message["MessageId"]: message for message in messages}
            failed = self._call(by_id)
            self._delete([message for id_, message in by_id.items() if id_ not in failed])
            for id_ in failed:
                self._come_again(by_id[id_])
        return len(messages)

    def drain(self) -> int:
        """Poll until there is nothing, and return how many messages there were."""
        return sum(iter(self.poll, 0))

    def _receive(self) -> list[_Message]:
        messages: list[_Message] = []
        while len(messages) < self._batch:
            received = self._sqs.receive_message(
                QueueUrl=self._queue,
                MaxNumberOfMessages=min(self._batch - len(messages), _AT_ONCE),
                MessageSystemAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                break
            messages += received
        return messages

    def _call(self, messages: Mapping[str, _Message]) -> set[str]:
        """Call the function, and return the ids of the messages that are not handled."""
        records: list[dict[str, Any]] = [
            {
                "messageId": id_,
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:callbacks",
                "awsRegion": "us-east-1",
            }
            for id_, message in messages.items()
        ]
        result = self._function({"Records": records})
        try:
            failed = {each["itemIdentifier"] for each in result["batchItemFailures"]}
        except KeyError:  # an error
            return {*messages}
        return failed if failed <= messages.keys() else {*messages}

    def _delete(self, messages: Sequence[_Message]) -> None:
        rest = iter(messages)
        while some := [*islice(rest, _AT_ONCE)]:
            self._sqs.delete_message_batch(
                QueueUrl=self._queue,
                Entries=[
                    {"Id": f"{number}", "ReceiptHandle": each["ReceiptHandle"]}
                    for number, each in enumerate(some)
                ],
            )

    def _come_again(self, message: _Message) -> None:
        """Let the visibility timeout pass."""
        self._sqs.change_message_visibility(
            QueueUrl=self._queue,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=0,
        )


@contextmanager
def function(name: str, environment: Mapping[str, str]) -> Generator[tuple[Lambda, Process]]:
    """Run a function of the template under AWS' runtime."""
    command = ["python", "-m", "awslambdaric", RESOURCES[name]["Handler"]]
    with (
        closing(Lambda()) as runtime,
        serve(runtime.answer) as address,
        running(
            *command,
            directory=FOLDER,
            environment={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": address,
                "COVERAGE_PROCESS_CONFIG": "",
            },
        ) as process,
    ):
        yield runtime, process


@contextmanager
def http_api(invoke: Callable[[Mapping[str, object]], dict[str, Any]]) -> Generator[str]:
    """Put an HTTP API before a function, and yield the URL of the callbacks."""

    def answer(request: Request) -> Response:
        return from_lambda(invoke(to_lambda(request, FRONT_END)), FRONT_END)

    with serve(answer) as address:
        yield f"http://{address}/callbacks"
