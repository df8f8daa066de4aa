"""The recipe `broker`: it confirms before it answers, and commits before it acknowledges.

A file stands for the queue here. `make scale SCALE=20000` proves the same with RabbitMQ and kills.
"""

import asyncio
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from time import perf_counter

import pytest
from aio_pika.exceptions import ChannelNotFoundEntity
from bodies import ROOT
from broker import celery_tasks
from broker.__main__ import main
from broker.consumer import Arrived, Consumer
from broker.dead_letters import put_task, replay_letters
from broker.queues import describe
from broker.settings import BrokerSettings, BrokerWebSettings
from celery.exceptions import Reject
from durable.database import connect
from durable.dead_letters import letters
from durable.schema import migrate
from durable.tables import DeadLetter, Text
from handlers.correct import CREDENTIALS
from kombu.serialization import dumps, loads
from processes import running
from pydantic import SecretStr
from scale import celery_crashes
from scale.file_queue import FileQueue
from sqlalchemy import Engine, delete, event, select

from bandwidth_events import encode_callback
from bandwidth_events.endpoint import simulate
from bandwidth_events.testing import inbound_message, message_failed

RECIPES = ROOT / "docs/recipes"
FOLDER = RECIPES / "broker"
PATH = os.pathsep.join([str(ROOT / "tests"), str(RECIPES)])
NOW = datetime.now(timezone.utc).isoformat()
TOO_LARGE = message_failed(id="huge", error_code=10**30)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    engine = connect(f"sqlite:///{tmp_path}/durable.db")
    yield engine
    engine.dispose()


@pytest.fixture
def queue(tmp_path: Path) -> FileQueue:
    return FileQueue(tmp_path / "queue", lambda: None)


@pytest.fixture
def consumer(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    monkeypatch.setenv("BANDWIDTH_EVENTS_PAUSE", "0.01")
    return Consumer(BrokerSettings.load(), engine)


def publish(queue: FileQueue, *bodies: bytes) -> None:
    for body in bodies:
        asyncio.run(queue.put(body))


async def deliver(queue: FileQueue, consumer: Consumer) -> None:
    """Deliver what is in a queue, and say then that nothing more comes."""
    arrived: Arrived = asyncio.Queue()
    for each in [*queue.deliver(), None]:
        arrived.put_nowait(each)
    await consumer.handle_all(arrived)


async def no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until a consumer has tried to store a body."""
    while "the database does not answer" not in caplog.text:  # noqa: ASYNC110  # its log
        await asyncio.sleep(0.01)


def text(name: str) -> bytes:
    return encode_callback([inbound_message(id=name, text=name)])


def texts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [*connection.execute(select(Text.text).order_by(Text.id)).scalars()]


def codes(engine: Engine) -> list[list[str]]:
    return [[reason.code for reason in letter.reasons] for letter in letters(engine)]


def enumerate_crashes(module: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", f"scale.{module}", *words]
    environment = {**os.environ, "PYTHONPATH": PATH, "COVERAGE_PROCESS_CONFIG": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "way", "every"),
    [
        ("broker_crashes", "exit", "5"),
        ("broker_crashes", "error", "17"),
        ("celery_crashes", "exit", "61"),
        ("celery_crashes", "error", "61"),
    ],
)
def test_an_end_at_any_step_changes_nothing(module: str, way: str, every: str) -> None:
    done = enumerate_crashes(module, "--way", way, "--every", every)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"steps, {way} at each: as without faults" in done.stdout


@pytest.mark.parametrize(
    ("module", "way", "every", "bug"),
    [
        ("broker_crashes", "exit", "1", "answer before confirmation"),
        ("broker_crashes", "exit", "1", "early acknowledgement"),
        ("celery_crashes", "exit", "5", "early acknowledgement"),
        ("celery_crashes", "error", "5", "escaping exception"),
    ],
)
def test_a_planted_bug_is_noticed(module: str, way: str, every: str, bug: str) -> None:
    done = enumerate_crashes(module, "--way", way, "--every", every, "--bug", bug)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "keys: missing or other: (" in done.stdout


def test_a_body_that_cannot_be_stored_does_not_keep_its_neighbours(
    engine: Engine, queue: FileQueue, consumer: Consumer
) -> None:
    migrate(engine)
    beside = encode_callback([TOO_LARGE, inbound_message(text="beside")])
    publish(queue, text("before"), beside, b"[{", text("after"))
    asyncio.run(deliver(queue, consumer))
    assert texts(engine) == ["before", "beside", "after"]
    assert codes(engine) == [["refused"], ["not-json"]]
    assert queue.deliver() == []


def test_nothing_is_acknowledged_until_the_database_is_there(
    engine: Engine, queue: FileQueue, consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    publish(queue, text("kept"))

    async def scenario() -> None:
        working = asyncio.create_task(deliver(queue, consumer))
        await no_answer(caplog)
        assert len(queue.deliver()) == 1
        migrate(engine)
        await working

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert (texts(engine), queue.deliver()) == (["kept"], [])


def test_a_consumer_ends_while_the_database_is_down_and_keeps_nothing(
    queue: FileQueue, consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    publish(queue, text("kept"))

    async def scenario() -> None:
        working = asyncio.create_task(deliver(queue, consumer))
        await no_answer(caplog)
        consumer.end()
        await working

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert len(queue.deliver()) == 1


def test_a_batch_is_acknowledged_at_once(
    engine: Engine, tmp_path: Path, consumer: Consumer
) -> None:
    migrate(engine)
    steps: list[None] = []
    queue = FileQueue(tmp_path / "queue", lambda: steps.append(None))
    publish(queue, *(text(f"{number}") for number in range(50)))
    steps.clear()
    asyncio.run(deliver(queue, consumer))
    assert len(texts(engine)) == 50
    assert len(steps) == 2  # before and after the one acknowledgement


def test_a_delivery_that_comes_out_of_order_acknowledges_no_other(
    engine: Engine, queue: FileQueue, consumer: Consumer
) -> None:
    migrate(engine)
    publish(queue, text("first"), text("second"), text("third"))
    first, second, third = queue.deliver()
    asyncio.run(consumer.handle([second, third]))
    assert [each.body for each in queue.deliver()] == [first.body]


def test_a_replay_skips_letters_that_another_replay_has_published(
    engine: Engine, queue: FileQueue, consumer: Consumer
) -> None:
    migrate(engine)
    publish(queue, b"[{", b"[{}")
    asyncio.run(deliver(queue, consumer))
    other = connect(engine.url.render_as_string())

    def publish_first(*_: object) -> None:
        with other.begin() as connection:
            connection.execute(delete(DeadLetter).where(DeadLetter.id == 1))

    event.listen(engine, "checkin", publish_first, once=True)  # after the query for all letters
    assert asyncio.run(replay_letters(engine, queue.put_again)) == 1
    assert [each.body for each in queue.deliver()] == [b"[{}"]
    other.dispose()


def test_a_letter_is_deleted_before_it_is_published_and_committed_after(
    engine: Engine, queue: FileQueue, consumer: Consumer
) -> None:
    """Or a consumer that buries it again finds the old letter, which is deleted afterwards."""
    migrate(engine)
    publish(queue, b"[{")
    asyncio.run(deliver(queue, consumer))
    steps: list[str] = []

    def commit(_: object) -> None:
        steps.append("COMMIT")

    def note(*arguments: object) -> None:
        steps.append(f"{arguments[2]}".split()[0])

    async def put(body: bytes, received: datetime) -> None:
        await queue.put_again(body, received)
        steps.append("published")

    event.listen(engine, "commit", commit)
    event.listen(engine, "before_cursor_execute", note)
    asyncio.run(replay_letters(engine, put))
    assert steps[-3:] == ["DELETE", "published", "COMMIT"]


def test_dead_letters_are_published_again_and_take_effect_once(
    engine: Engine, queue: FileQueue, consumer: Consumer
) -> None:
    migrate(engine)
    publish(queue, encode_callback([inbound_message(id="long", text="x" * 1_100_000)]), b"[{")
    publish(queue, encode_callback([TOO_LARGE, inbound_message(text="good")]))
    found: list[tuple[list[int], list[list[str]]]] = []
    for _ in range(3):
        asyncio.run(deliver(queue, consumer))
        found.append(([len(each) for each in texts(engine)], codes(engine)))
        asyncio.run(replay_letters(engine, queue.put_again))
    assert found == [
        ([4], [["too-large"], ["not-json"], ["refused"]]),
        ([4, 1_100_000], [["not-json"], ["refused"]]),
        ([4, 1_100_000], [["not-json"], ["refused"]]),
    ]


def test_a_celery_task_stores_a_body_and_gives_it_back_only_after_a_bug(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_tasks, "_engine", lambda: engine)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        migrate(engine)

    monkeypatch.setattr("broker.celery_tasks.time.sleep", sleep)
    celery_tasks.handle(text("stored"), NOW)
    celery_tasks.handle(b"[{", NOW)
    assert (texts(engine), codes(engine), pauses) == (["stored"], [["not-json"]], [0.1])

    def store(*_: object) -> None:
        raise RuntimeError("private")

    monkeypatch.setattr(celery_tasks, "store", store)
    with pytest.raises(Reject) as caught:
        celery_tasks.handle(text("kept"), NOW)
    assert caught.value.args == ("RuntimeError", True)  # which says to requeue it
    with pytest.raises(Reject) as caught:
        celery_tasks.handle(text("kept"), "not a time")
    assert caught.value.args == ("ValueError", True)


def test_a_body_over_the_limit_is_replayed_to_celery(
    engine: Engine, queue: FileQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_tasks, "_engine", lambda: engine)
    migrate(engine)
    celery_crashes.use(queue)
    celery_tasks.put(encode_callback([inbound_message(id="long", text="x" * 1_100_000)]))
    celery_crashes.work(queue)
    assert (texts(engine), codes(engine)) == ([], [["too-large"]])
    assert asyncio.run(replay_letters(engine, put_task)) == 1
    celery_crashes.work(queue)
    assert ([len(each) for each in texts(engine)], codes(engine)) == ([1_100_000], [])


def test_celery_carries_any_bytes() -> None:
    body = bytes(range(256))
    kind, encoding, written = dumps({"body": body}, serializer="json")
    assert loads(written, kind, encoding) == {"body": body}


@contextmanager
def served(app: str, port: int) -> Generator[str]:
    """Run a web server with the broker at a port, and yield its URL."""
    command = ["uvicorn", "--factory", app, "--host", "127.0.0.1", "--port", "0"]
    environment = {
        "BANDWIDTH_EVENTS_BROKER_URL": f"amqp://guest:guest@127.0.0.1:{port}/",
        "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
        "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
        "BANDWIDTH_EVENTS_DEADLINE": "0.5",
        "COVERAGE_PROCESS_CONFIG": "",
    }
    with running(*command, directory=RECIPES, environment=environment) as process:
        yield f"{process.root()}/callbacks"


@pytest.mark.parametrize("app", ["broker.web:create_app", "broker.celery_web:create_app"])
def test_a_broker_that_hangs_or_is_down_is_answered_with_503_in_time(app: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # accepts, and says nothing
        port = hanging.getsockname()[1]
        with served(app, port) as url:
            for _ in range(2):
                start = perf_counter()
                done = simulate(url, [text("lost")], credentials=CREDENTIALS, attempts=1)
                challenge, answer = done.exchanges
                assert (challenge.status, answer.status) == (401, 503)
                assert perf_counter() - start < 4  # on however busy a machine
                hanging.close()
    assert (
        BrokerWebSettings.model_fields["deadline"].default <= 3.5
    )  # so that 503 comes within five


def test_a_missing_queue_is_described_with_the_command_that_declares_it() -> None:
    described = describe(ChannelNotFoundEntity("NOT_FOUND - no queue 'callbacks'"))
    assert described == (
        "ChannelNotFoundEntity (a queue is missing: run `python -m broker declare`)"
    )


def test_a_broker_that_is_down_ends_a_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BANDWIDTH_EVENTS_BROKER_URL", "amqp://guest:sesame@127.0.0.1:9/")
    monkeypatch.setattr(sys, "argv", ["broker", "declare"])
    assert main() == 1
    assert caplog.messages[-1] == "the command failed: AMQPConnectionError"


def test_no_module_is_longer_than_150_lines() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in FOLDER.glob("*.py")}
    assert {name for name, length in lengths.items() if length > 150} == set()
    assert len(lengths) > 8


def test_the_page_lists_every_variable_with_its_default() -> None:
    page = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `BANDWIDTH_EVENTS_(\w+)` \| (.+?) \|", page, re.MULTILINE))
    fields = BrokerWebSettings.model_fields
    assert {name.lower() for name in rows} == fields.keys()
    for name, field in fields.items():
        default = field.get_default()
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if default is not None and not field.is_required():
            assert f"{default}".lower() in rows[name.upper()]
