"""The recipe `aws_sqs`, under AWS' own runtime for Lambda, with queues of moto's server.

`make scale` ends its functions at every step; here they end at some of them.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aws import (
    FOLDER,
    MAPPING,
    RESOURCES,
    EventSourceMapping,
    client,
    create_queues,
    function,
    http_api,
    queue_service,
    settings,
)
from aws_sqs.message import pack, unpack
from durable.database import connect
from durable.dead_letters import letters
from durable.figures import figures
from durable.tables import DeadLetter, Text
from handlers.correct import CREDENTIALS
from hypothesis import given
from hypothesis import strategies as st
from scale.crashes import WAYS
from scale.store import clear, environment, prepare
from sqlalchemy import Engine, select, text

from bandwidth_events import Event, encode_callback
from bandwidth_events.endpoint import SCENARIOS, check, simulate
from bandwidth_events.testing import inbound_message, message_delivered, message_failed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TOO_LARGE = message_failed(id="huge", error_code=10**30)
INTAKE = {
    "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
    "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
}


@dataclass
class Stack:
    """What the template creates, and a database."""

    sqs: "SQSClient"
    url: str
    queue: str
    undeliverable: str
    mapping: EventSourceMapping
    engine: Engine

    def send(self, *callbacks: Event | bytes) -> list[int | None]:
        """Deliver callbacks as Bandwidth does, and return how each was answered in the end.

        With retries, because a busy machine may take longer than the intake waits for SQS.
        """
        done = simulate(self.url, [*callbacks], credentials=CREDENTIALS, attempts=4, retry_window=2)
        return [each.attempts[-1].exchanges[-1].status for each in done.deliveries]

    def waiting(self, queue: str) -> int:
        """Return how many messages are in a queue, visible or not."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=queue,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(value) for value in attributes["Attributes"].values())

    def texts(self) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(connection.execute(select(Text.text)).scalars())

    def codes(self) -> list[list[str]]:
        found = letters(self.engine)
        return sorted([reason.code for reason in letter.reasons] for letter in found)

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="module")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of which every part is started once."""
    database = f"sqlite:///{tmp_path_factory.mktemp('aws')}/durable.db"
    prepare(database)
    engine = connect(database)
    with queue_service() as service:
        endpoint = service.root()
        sqs = client(endpoint)
        queue, undeliverable = create_queues(sqs)
        intake_settings = {**INTAKE, **settings(endpoint), "BANDWIDTH_EVENTS_QUEUE_URL": queue}
        with (
            function("Intake", intake_settings) as (intake, _),
            function("Worker", environment(database)) as (worker, _),
            http_api(intake.invoke) as url,
        ):
            mapping = EventSourceMapping(sqs, queue, worker.invoke)
            yield Stack(sqs, url, queue, undeliverable, mapping, engine)
    engine.dispose()


@pytest.fixture
def stack(running_stack: Stack) -> Stack:
    """A stack with nothing in it."""
    running_stack.mapping.drain()
    clear(running_stack.engine)
    return running_stack


def test_the_route_passes_every_scenario_and_every_body_comes_to_an_end(stack: Stack) -> None:
    results = check(stack.url, CREDENTIALS, time_limit=60)  # only a hang takes so long
    assert [str(result) for result in results if not result.passed] == []
    assert len(results) == len(SCENARIOS)
    sent = stack.waiting(stack.queue)
    assert sent > len(SCENARIOS)
    assert stack.mapping.drain() == sent
    assert (stack.waiting(stack.queue), stack.waiting(stack.undeliverable)) == (0, 0)
    assert figures(stack.engine).events > 0
    assert {code for codes in stack.codes() for code in codes} > {"not-json"}


def test_a_callback_takes_effect_once_however_often_it_comes(stack: Stack) -> None:
    hello = inbound_message(text="hello")
    assert stack.send(hello, message_delivered(), hello) == [204, 204, 204]
    stack.mapping.drain()
    assert stack.send(hello) == [204]
    stack.mapping.drain()
    assert (stack.texts(), figures(stack.engine).events) == (["hello"], 2)
    assert figures(stack.engine).stages == {"DELIVERED": 1}


def test_a_body_that_cannot_be_handled_is_kept_and_its_neighbours_are_handled(stack: Stack) -> None:
    beside = encode_callback([TOO_LARGE, inbound_message(id="2", text="beside")])
    before = inbound_message(id="1", text="before")
    assert stack.send(before, beside, b"[{", b"\xff\0") == [204, 204, 204, 204]
    assert stack.mapping.drain() == 4  # nothing came again
    assert stack.texts() == ["before", "beside"]
    assert stack.codes() == [["not-json"], ["not-utf-8"], ["refused"]]
    with stack.engine.connect() as connection:
        kept = connection.execute(select(DeadLetter.body)).scalars().all()
    assert sorted(kept) == sorted([b"[{", b"\xff\0", beside])


def test_only_the_message_comes_again_that_met_an_error_of_the_database(stack: Stack) -> None:
    stop, hello = (inbound_message(id=text, text=text) for text in ("STOP", "hello"))
    stack.send(stop, encode_callback([TOO_LARGE]), hello)  # refused, so one is handled by one
    stack.execute("ALTER TABLE opt_outs RENAME TO lost")
    assert stack.mapping.poll() == 3
    stack.execute("ALTER TABLE lost RENAME TO opt_outs")
    assert (stack.waiting(stack.queue), stack.codes()) == (1, [["refused"]])
    assert stack.texts() == ["hello"]
    assert stack.mapping.drain() == 1
    assert (stack.texts(), figures(stack.engine).opt_outs) == (["STOP", "hello"], 1)


def test_a_batch_comes_again_if_the_database_is_not_there(stack: Stack) -> None:
    stack.send(inbound_message(id="1", text="one"), inbound_message(id="2", text="two"))
    stack.execute("ALTER TABLE events RENAME TO lost")
    assert stack.mapping.poll() == 2
    stack.execute("ALTER TABLE lost RENAME TO events")
    assert (stack.texts(), stack.waiting(stack.queue)) == ([], 2)
    stack.mapping.drain()
    assert stack.texts() == ["one", "two"]


def test_a_message_at_which_the_function_ends_is_set_aside_at_last(stack: Stack) -> None:
    queue, undeliverable = create_queues(stack.sqs, receives=2)
    stack.sqs.send_message(QueueUrl=queue, MessageBody="[]")
    mapping = EventSourceMapping(stack.sqs, queue, lambda _: {"errorMessage": "it ended"})
    assert mapping.drain() == 2
    assert (stack.waiting(queue), stack.waiting(undeliverable)) == (0, 1)


def test_items_that_nobody_knows_bring_the_whole_batch_again(stack: Stack) -> None:
    stack.send(inbound_message())
    strange = {"batchItemFailures": [{"itemIdentifier": "strange"}]}
    assert EventSourceMapping(stack.sqs, stack.queue, lambda _: strange).poll() == 1
    assert stack.waiting(stack.queue) == 1


def test_a_queue_that_hangs_or_is_gone_is_answered_with_503_in_time() -> None:
    with queue_service() as service:
        endpoint = service.root()
        queue, _ = create_queues(client(endpoint))
        environment = {**INTAKE, **settings(endpoint), "BANDWIDTH_EVENTS_QUEUE_URL": queue}
        with function("Intake", environment) as (intake, process), http_api(intake.invoke) as url:
            assert _answers(url) == [401, 204]  # and the function has started
            for part in service.family:
                part.suspend()
            assert _answers_in_time(url) == [401, 503]
            for part in service.family:
                part.kill()
            service.main.wait()
            assert _answers_in_time(url) == [401, 503]
            assert "ReadTimeoutError" in process.output
            assert "EndpointConnectionError" in process.output


def _answers(url: str) -> list[int | None]:
    done = simulate(url, [inbound_message()], credentials=CREDENTIALS, attempts=1)
    return [each.status for each in done.exchanges]


def _answers_in_time(url: str) -> list[int | None]:
    done = simulate(url, [inbound_message()], credentials=CREDENTIALS, attempts=1)
    challenge, answer = done.exchanges
    assert challenge.seconds < 2  # waiting for SQS would take as long
    assert challenge.seconds + answer.seconds < 5
    return [challenge.status, answer.status]


def test_an_end_at_any_step_changes_nothing() -> None:
    path = os.pathsep.join([str(FOLDER), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": path, "COVERAGE_PROCESS_CONFIG": ""}
    command = [sys.executable, "-m", "scale.aws_crashes", "--every", "31"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for way in WAYS:
        assert f"steps, {way} at each: as without faults" in done.stdout


@given(st.binary())
def test_a_message_is_its_body(body: bytes) -> None:
    message = pack(body)
    assert message
    assert message.isascii()
    assert unpack(message) == body


@given(st.text() | st.text().map("H4sI".__add__))
def test_a_text_that_somebody_sends_by_hand_is_a_body(written: str) -> None:
    assert unpack(written) == written.encode()


def test_767_kib_fit_always_and_repetitions_far_more(stack: Stack) -> None:
    noise = random.Random(0).randbytes(790 * 1024)
    long = encode_callback([inbound_message(text="long " * 500_000)])
    assert stack.send(noise[: 767 * 1024], noise, long) == [204, 413, 204]
    stack.mapping.drain()
    assert stack.codes() == [["not-utf-8"], ["too-large"]]


def test_the_commands_run_beside_the_database(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(stack.engine.url.render_as_string()).items():
        monkeypatch.setenv(name, value)
    *module, name = RESOURCES["Operations"]["Handler"].split(".")
    run = getattr(import_module(".".join(module)), name)
    stack.send(b"[{", encode_callback([inbound_message(text="long " * 250_000)]))
    stack.mapping.drain()
    run("migrate", None)
    assert run("status", None)["dead_letters"] == {"not-json": 1, "too-large": 1}
    listed = json.loads(json.dumps(run("dead-letters", None)))
    codes = sorted(reason["code"] for letter in listed for reason in letter["reasons"])
    assert codes == ["not-json", "too-large"]
    assert run("replay", None) == "2 dead letters were handled again."
    assert (stack.codes(), [len(each) for each in stack.texts()]) == ([["not-json"]], [1_250_000])


def test_the_timeouts_of_the_template_fit_each_other() -> None:
    worker = RESOURCES["Worker"]["Timeout"]
    window = MAPPING["MaximumBatchingWindowInSeconds"]
    assert RESOURCES["Callbacks"]["VisibilityTimeout"] >= 6 * worker + window
    assert RESOURCES["Intake"]["Timeout"] <= 5
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_no_module_is_longer_than_150_lines() -> None:
    lengths = [len(path.read_text().splitlines()) for path in (FOLDER / "aws_sqs").glob("*.py")]
    assert len(lengths) > 5
    assert max(lengths) <= 150
