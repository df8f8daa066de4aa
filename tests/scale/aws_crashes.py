"""Crash enumeration for the recipe `aws_sqs`: ``python -m scale.aws_crashes``.

The steps are those in the database, the sending of a message, and its deletion by the event source
mapping. The functions run in the process that ends: `tests/test_aws.py` runs them under AWS' own
runtime.
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aws import FRONT_END, EventSourceMapping, client, create_queues, queue_service, settings
from botocore.exceptions import BotoCoreError, ReadTimeoutError
from sqlalchemy.exc import OperationalError

from bandwidth_events.endpoint import lambda_event

from .bugs import plant, replace
from .crashes import BATCH, Life, Steps, arguments_of, report, run, store
from .store import CREDENTIALS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def _life(endpoint: str, queue: str) -> Life:
    """Connect the two functions as AWS does."""
    from aws_sqs import intake, worker  # noqa: PLC0415  # they read the environment

    sqs = client(endpoint)  # without a connection, so that each process has its own

    def live(
        _: str, bodies: Mapping[int, bytes], steps: Steps, arrived: Callable[[int], object]
    ) -> None:
        _count(intake._SQS, "SendMessage", steps)
        _count(sqs, "DeleteMessageBatch", steps)
        for number, body in bodies.items():
            request = {"Authorization": CREDENTIALS.authorization}, body
            if intake.callback(lambda_event(request, FRONT_END), None) == {"statusCode": 204}:
                arrived(number)
            steps.is_counting = False  # every body is sent in the same steps
        steps.is_counting = True
        mapping = EventSourceMapping(sqs, queue, lambda event: worker.work(event, None), BATCH)
        is_empty = False
        while not is_empty:
            try:
                is_empty = mapping.poll() == 0
            except BotoCoreError:
                continue  # a deletion failed

    return live


def _count(sqs: "SQSClient", operation: str, steps: Steps) -> None:
    """Make two steps of a call of SQS: before it, and after it."""

    def step(**_: Any) -> None:  # noqa: ANN401  # what boto3 passes
        try:
            steps.step()
        except OperationalError as error:
            raise ReadTimeoutError(endpoint_url="SQS") from error

    for moment in ("before-call", "after-call"):
        sqs.meta.events.register(f"{moment}.sqs.{operation}", step)


def _plant_failure_counted_as_done() -> None:
    from aws_sqs import worker  # noqa: PLC0415  # it reads the environment

    work = worker._work

    def forget(*arguments: Any) -> list[int]:  # noqa: ANN401  # passed on
        work(*arguments)
        return []

    replace(worker, _work=forget)


def _plant_answer_without_confirmation() -> None:
    from aws_sqs import intake  # noqa: PLC0415  # it reads the environment

    callback = intake.callback

    def answer(*arguments: Any) -> dict[str, Any]:  # noqa: ANN401  # passed on
        callback(*arguments)
        return {"statusCode": 204}

    replace(intake, callback=answer)


_OWN: Final[Mapping[str, Callable[[], None]]] = {
    "a failed message counts as handled": _plant_failure_counted_as_done,
    "answer without confirmation": _plant_answer_without_confirmation,
}
_SHARED: Final = (  # with `durable`, whose code handles the bodies
    "last status, not the maximum",
    "no unique key",
    "dead letter dropped",
    "good part of a malformed body dropped",
)
AWS_BUGS: Final = (*_OWN, *_SHARED)


def main() -> int:
    """Enumerate on SQLite."""
    arguments = arguments_of("aws_crashes", AWS_BUGS).parse_args()
    with store(bug=arguments.bug) as url, queue_service() as service:
        endpoint = service.root()
        # What is not deleted comes again at once.
        queue, _ = create_queues(client(endpoint), visibility=0)
        os.environ |= {**settings(endpoint), "BANDWIDTH_EVENTS_QUEUE_URL": queue}
        if arguments.bug in _OWN:
            _OWN[arguments.bug]()
        elif arguments.bug:
            plant(arguments.bug)
        live = _life(endpoint, queue)
        return report(run(url, arguments.way, live, every=arguments.every))


if __name__ == "__main__":
    sys.exit(main())
