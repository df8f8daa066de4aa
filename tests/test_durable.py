"""The recipe `durable`: it stores, answers and works, and a crash at any step loses nothing.

`make scale` proves the same with real kills, on PostgreSQL too.
"""

import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from time import perf_counter, sleep

import psutil
import pytest
from aws_sqs.settings import IntakeSettings
from bodies import ROOT
from durable.__main__ import main
from durable.database import connect, describe, is_passing
from durable.dead_letters import letters, replay
from durable.effects import apply
from durable.figures import figures
from durable.inbox import put
from durable.machine import Machine
from durable.retention import prune
from durable.schema import compare, migrate
from durable.settings import WebSettings
from durable.tables import DeadLetter, HandledEvent, Inbox, Text
from durable.worker import work_batch
from handlers.correct import CREDENTIALS
from processes import Process, free_port, running
from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bandwidth_events import DeliveryStage, Event, InboundMessageEvent, encode_callback
from bandwidth_events.endpoint import SCENARIOS, check, simulate
from bandwidth_events.testing import inbound_message, message_failed, message_sent

RECIPES = ROOT / "docs/recipes"
FOLDER = RECIPES / "durable"
PATH = os.pathsep.join([str(ROOT / "tests"), str(RECIPES)])
PRIVATE = "+15555550177"
TOO_LARGE = message_failed(id="huge", error_code=10**30, to=PRIVATE)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/durable.db"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A database with empty tables."""
    engine = connect(url)
    migrate(engine)
    yield engine
    engine.dispose()


def texts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [*connection.execute(select(Text.text).order_by(Text.id)).scalars()]


def codes(engine: Engine) -> list[list[str]]:
    return [[reason.code for reason in letter.reasons] for letter in letters(engine)]


def test_a_crash_at_any_step_does_not_change_the_result() -> None:
    command = [sys.executable, "-m", "scale.crashes", "--way", "exit", "--every", "3"]
    environment = {**os.environ, "PYTHONPATH": PATH, "COVERAGE_PROCESS_CONFIG": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "steps, exit at each: as without faults" in done.stdout


def test_a_body_that_cannot_be_stored_does_not_block_its_neighbours(engine: Engine) -> None:
    put(engine, encode_callback([inbound_message(id="1", text="before")]))
    put(engine, encode_callback([TOO_LARGE, inbound_message(id="2", text="beside")]))
    put(engine, b"[{")
    put(engine, encode_callback([inbound_message(id="3", text="after")]))
    assert work_batch(engine, 50) == 4
    assert texts(engine) == ["before", "beside", "after"]
    assert codes(engine) == [["refused"], ["not-json"]]
    assert figures(engine).inbox == 0


def test_repeated_replays_take_effect_once(engine: Engine) -> None:
    put(engine, b"[" + encode_callback([inbound_message(text="good")])[1:-1] + b',{"type":"x"}')
    put(engine, encode_callback([TOO_LARGE, inbound_message(text="good")]))
    for _ in range(3):
        assert work_batch(engine, 50) == 2
        assert texts(engine) == ["good"]
        assert replay(engine) == 2


def test_a_malformed_body_that_comes_again_is_one_dead_letter(engine: Engine) -> None:
    for body in (b"[{", b"]", b"[{"):
        put(engine, body)
    assert work_batch(engine, 50) == 3
    put(engine, b"[{")
    put(engine, encode_callback([TOO_LARGE]))
    put(engine, encode_callback([TOO_LARGE]))
    assert work_batch(engine, 50) == 3
    assert sorted(codes(engine)) == [["not-json"], ["not-json"], ["refused"]]


def test_a_body_that_kills_its_worker_can_be_set_aside(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        put(engine, encode_callback([inbound_message(id=name, text=name)]))
    monkeypatch.setattr("durable.worker.apply", die_of_the_second)
    assert work_batch(engine, 1) == 1
    with pytest.raises(SystemExit):
        work_batch(engine, 1)
    monkeypatch.undo()
    run_command("set-aside", url, monkeypatch)
    assert work_batch(engine, 50) == 1
    assert (texts(engine), codes(engine)) == (["one", "three"], [["set-aside"]])
    run_command("replay", url, monkeypatch)
    work_batch(engine, 50)
    assert (texts(engine), codes(engine)) == (["one", "three", "two"], [])


def die_of_the_second(connection: Connection, events: Sequence[Event]) -> None:
    """Apply events, but end at the body "two" without any further statement."""
    if [each.text for each in events if isinstance(each, InboundMessageEvent)] == ["two"]:
        raise SystemExit
    apply(connection, events)


def make_older(engine: Engine, **days: float) -> None:
    """Set the times in the database as if everything had happened some days ago."""
    now = datetime.now(timezone.utc)
    with engine.begin() as connection:
        for name, table, column in [
            ("events", HandledEvent, "handled"),
            ("dead", DeadLetter, "received"),
            ("inbox", Inbox, "received"),
        ]:
            if name in days:
                then = now - timedelta(days=days[name])
                connection.execute(update(table).values({column: then}))


def run_command(name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANDWIDTH_EVENTS_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["durable", name])
    assert main() == 0


def test_a_command_without_tables_names_the_command_that_creates_them(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BANDWIDTH_EVENTS_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["durable", "status"])
    assert main() == 1
    (message,) = caplog.messages
    assert message.startswith("the command failed: OperationalError ")
    assert message.endswith("(a table is missing: run `python -m durable migrate`)")


@pytest.mark.parametrize("place", ["dead", "inbox"])
def test_pruning_keeps_the_keys_of_bodies_that_may_be_handled_again(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    put(engine, b"[" + encode_callback([inbound_message(text="good")])[1:-1] + b",{}]")
    work_batch(engine, 50)
    if place == "inbox":
        replay(engine)
    # The good event came a day earlier, in a body of its own.
    make_older(engine, **{"events": 6, place: 5})
    assert figures(engine).old_events == 0
    run_command("prune", url, monkeypatch)
    replay(engine)
    work_batch(engine, 50)
    assert texts(engine) == ["good"]


def test_pruning_deletes_the_keys_that_nothing_can_repeat(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(engine, encode_callback([inbound_message(id=f"{number}") for number in range(2500)]))
    work_batch(engine, 50)
    make_older(engine, events=1.9)
    assert (figures(engine).old_events, prune(engine)) == (0, 0)
    make_older(engine, events=2.1)
    assert figures(engine).old_events == 2500
    run_command("prune", url, monkeypatch)
    assert capsys.readouterr().out == "2500 events that are no longer needed were deleted.\n"
    assert figures(engine).events == 0


def test_a_body_over_a_mebibyte_is_replayed(engine: Engine) -> None:
    put(engine, encode_callback([inbound_message(text="x" * 1_100_000)]))
    work_batch(engine, 50)
    assert codes(engine) == [["too-large"]]
    replay(engine)
    work_batch(engine, 50)
    assert (codes(engine), [len(each) for each in texts(engine)]) == ([], [1_100_000])


def test_a_control_character_that_postgresql_rejects_is_stored_as_its_symbol(
    engine: Engine,
) -> None:
    put(engine, encode_callback([inbound_message(text="nul\0nul")]))
    work_batch(engine, 50)
    assert texts(engine) == ["nul␀nul"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_later_of_opt_out_and_opt_in_wins_in_any_order(
    engine: Engine, order: tuple[int, int]
) -> None:
    start = inbound_message(id="start", text="START")
    later = start.time.replace(hour=13)
    wishes = {1: inbound_message(id="stop", text="STOP", time=later), 2: start}
    for number in order:
        put(engine, encode_callback([wishes[number]]))
        work_batch(engine, 50)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT is_opted_out FROM opt_outs")).scalars().all()
    assert rows == [1]


@pytest.mark.parametrize("order", list(permutations([None, 4700, 4720])))
@pytest.mark.parametrize("batch", [1, 50])
def test_the_largest_code_of_several_failures_wins_in_any_order(
    engine: Engine, order: tuple[int | None, ...], batch: int
) -> None:
    for channel, code in zip(["RBM", "MMS", "SMS"], order, strict=True):
        put(engine, encode_callback([message_failed(error_code=code, channel=channel)]))
    for _ in order:
        work_batch(engine, batch)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT stage, error_code FROM statuses")).all() == [
            (DeliveryStage.FAILED, 4720)
        ]


def test_an_opt_out_reported_by_the_carrier_counts(engine: Engine) -> None:
    put(engine, encode_callback([message_failed(error_code=4775)]))
    work_batch(engine, 50)
    assert (figures(engine).opt_outs, figures(engine).stages) == (1, {"FAILED": 1})


def test_the_list_of_dead_letters_contains_no_private_data(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(engine, encode_callback([message_sent(to=PRIVATE, id="secret")])[:-9])
    put(engine, encode_callback([TOO_LARGE]))
    work_batch(engine, 50)
    monkeypatch.setenv("BANDWIDTH_EVENTS_DATABASE_URL", url)
    shown: list[str] = []
    for command in ("dead-letters", "status", "replay", "migrate", "status"):
        monkeypatch.setattr(sys, "argv", ["durable", command])
        assert main() == 0
        shown.append(capsys.readouterr().out)
    assert "not-json: body: " in shown[0]
    assert "refused: message-failed: OverflowError" in shown[0]
    assert '"dead_letters": {"not-json": 1, "refused": 1}' in shown[1]
    assert shown[2] == "2 dead letters were moved back to the inbox.\n"
    assert '"inbox": 2' in shown[4]
    assert not [each for each in shown if "5555550177" in each or "secret" in each]


@pytest.mark.parametrize("settings", [WebSettings, IntakeSettings])
def test_an_error_about_a_setting_contains_no_password(
    settings: type[WebSettings | IntakeSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANDWIDTH_EVENTS_USERNAME", raising=False)
    monkeypatch.setenv("BANDWIDTH_EVENTS_PASSWORD", "sesame")
    monkeypatch.setenv("BANDWIDTH_EVENTS_QUEUE_URL", "http://127.0.0.1/queue")
    monkeypatch.setenv("BANDWIDTH_EVENTS_DATABASE_URL", "postgresql://user:sesame@127.0.0.1/name")
    with pytest.raises(ValidationError) as caught:
        settings.load()
    assert [each["loc"] for each in caught.value.errors()] == [("username",)]
    assert "environment variables BANDWIDTH_EVENTS_…" in f"{caught.value}"
    assert "sesame" not in f"{caught.value} {caught.value!r}"


def test_settings_and_connections_hide_the_password() -> None:
    address = "postgresql://user:sesame@127.0.0.1:1/name"
    settings = WebSettings(database_url=SecretStr(address), username="u", password=SecretStr("p"))
    assert settings.connections == 8
    assert "sesame" not in repr(settings)
    engine = connect(settings.database_url)
    with pytest.raises(OperationalError) as caught:
        engine.connect()
    assert "sesame" not in f"{engine!r} {caught.value}"
    with pytest.raises(ValueError, match=r"^database_url: not a URL that") as malformed:
        connect(SecretStr(address.replace(":", "", 1)))
    assert malformed.value.__suppress_context__


def test_the_migrations_create_the_tables_of_the_code(engine: Engine) -> None:
    compare(engine)


def test_sqlite_syncs_every_commit(engine: Engine) -> None:
    with engine.connect() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "journal_mode")
        ]
    assert pragmas == [2, "wal"]  # FULL


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("22003", False),
        ("23502", False),
        ("42601", False),
        ("42703", False),
        ("54000", False),
        ("40P01", True),
        ("42501", True),
        ("42P05", True),
        ("57P01", True),
    ],
)
def test_the_sqlstate_decides_whether_an_error_is_temporary(sqlstate: str, expected: bool) -> None:  # noqa: FBT001  # a table
    cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # as psycopg does
    error = OperationalError("", None, cause)
    assert (is_passing(error), describe(error)) == (expected, f"OperationalError {sqlstate}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("", None, Exception()), True),
        (InterfaceError("", None, Exception(), connection_invalidated=True), True),
        (PoolTimeoutError(), True),
        (DataError("", None, Exception()), False),
        (InterfaceError("", None, Exception()), False),
        (ProgrammingError("", None, Exception()), False),
        (ArgumentError(), False),
        (OverflowError(), False),
    ],
)
def test_an_error_without_sqlstate_is_temporary_unless_data_or_code_caused_it(
    error: Exception,
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    assert is_passing(error) == expected


def test_a_postgresql_table_that_is_missing_is_temporary_and_the_log_names_the_command() -> None:
    cause = Exception()
    cause.sqlstate = "42P01"  # type: ignore[attr-defined]  # as psycopg does
    error = ProgrammingError("", None, cause)
    assert is_passing(error)
    assert describe(error).startswith("ProgrammingError 42P01 (a table is missing: ")


def sqlite_error(engine: Engine, statement: str, value: object = None) -> DBAPIError:
    """Return the error of a statement."""
    values = () if value is None else (value,)
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.exec_driver_sql(statement, values)
    return caught.value


@pytest.mark.parametrize("statement", ["SELECT kayak FROM texts", "SELEC 1", "SELECT kayak()"])
def test_a_wrong_statement_is_not_temporary(engine: Engine, statement: str) -> None:
    error = sqlite_error(engine, statement)
    has_names = sys.version_info >= (3, 11)
    assert is_passing(error) != has_names
    assert describe(error) == f"OperationalError{' SQLITE_ERROR' if has_names else ''}"


def test_a_value_that_the_driver_does_not_accept_is_not_temporary(engine: Engine) -> None:
    assert not is_passing(sqlite_error(engine, "SELECT ?", {}))


def test_a_database_without_tables_is_temporary_and_the_log_names_the_command(
    tmp_path: Path,
) -> None:
    engine = connect(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(OperationalError) as caught:
        work_batch(engine, 50)
    engine.dispose()
    assert is_passing(caught.value)
    assert "run `python -m durable migrate`" in describe(caught.value)


def test_a_locked_sqlite_database_is_temporary() -> None:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorname = "SQLITE_BUSY"
    error = OperationalError("", None, cause)
    assert (is_passing(error), describe(error)) == (True, "OperationalError SQLITE_BUSY")


def test_an_error_before_any_body_is_taken_ends_the_worker(engine: Engine) -> None:
    put(engine, encode_callback([inbound_message()]))
    with engine.begin() as connection:  # as somebody may do by hand
        connection.execute(text("UPDATE inbox SET received = 'yesterday'"))
    with pytest.raises(ValueError, match="yesterday"):
        work_batch(engine, 50)


@contextmanager
def served(url: str, **settings: str) -> Generator[tuple[str, Process]]:
    """Run the web server as users do, and yield its URL and its process."""
    command = ["uvicorn", "--factory", "durable.web:create_app", "--host", "127.0.0.1"]
    environment = {
        "BANDWIDTH_EVENTS_DATABASE_URL": url,
        "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
        "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
        "BANDWIDTH_EVENTS_MAX_BODY_BYTES": "2000000",
        "COVERAGE_PROCESS_CONFIG": "",
        **settings,
    }
    with running(*command, "--port", "0", directory=RECIPES, environment=environment) as process:
        yield f"{process.root()}/callbacks", process


def test_the_route_passes_every_scenario(engine: Engine, url: str) -> None:
    with served(url) as (address, _):
        results = check(address, CREDENTIALS)
    assert [str(result) for result in results if not result.passed] == []
    assert len(results) == len(SCENARIOS)
    assert figures(engine).inbox > len(SCENARIOS)


@pytest.mark.usefixtures("engine")
def test_a_body_over_the_web_servers_limit_gets_413(url: str) -> None:
    with served(url) as (address, _):
        done = simulate(
            address, [b" " * 2_000_001], credentials=CREDENTIALS, attempts=1, handshake="preemptive"
        )
    assert [each.status for each in done.exchanges] == [413]


@pytest.mark.usefixtures("engine")
def test_a_hanging_database_causes_503_at_the_deadline_and_does_not_delay_401(url: str) -> None:
    hang = 3  # seconds for which SQLite waits for the lock; then it raises
    body = encode_callback([inbound_message()])
    with (
        served(url, BANDWIDTH_EVENTS_DEADLINE="0.3") as (address, process),
        closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as holder,
    ):
        holder.execute("BEGIN IMMEDIATE")
        done = simulate(address, [body], credentials=CREDENTIALS, attempts=1)
        log = process.output
    challenge, answer = done.exchanges
    assert (challenge.status, answer.status) == (401, 503)
    # The deadline ended the wait, and not the database.
    assert "the store does not answer in time" in log
    assert "storing a body failed" not in log
    assert answer.seconds < hang
    assert challenge.seconds < hang


def test_run_without_credentials_names_the_variable_that_is_missing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANDWIDTH_EVENTS_USERNAME", raising=False)
    monkeypatch.setenv("BANDWIDTH_EVENTS_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["durable", "run"])
    with pytest.raises(ValidationError, match="username\n  Field required"):
        main()


def test_run_does_not_mistake_another_server_for_its_own(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(OSError, match="in use"),
    ):
        Machine(other.getsockname()[1], web=1, workers=0, log=tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_web_server_that_ends_repeatedly_is_reported_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANDWIDTH_EVENTS_USERNAME", raising=False)
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "")
    machine = Machine(free_port(), web=1, workers=0, log=tmp_path / "log")
    try:
        with pytest.raises(RuntimeError, match="Field required"):
            machine.wait()
    finally:
        machine.stop()


def test_run_uses_the_database_of_the_directory_that_it_is_started_in(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
        "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
        "COVERAGE_PROCESS_CONFIG": "",
        "PYTHONPATH": str(RECIPES),
    }
    command = ["python", "-m", "durable", "run", "--port", f"{port}"]
    with running(*command, directory=tmp_path, environment=environment) as process:
        assert process.root() == f"http://127.0.0.1:{port}"
        body = encode_callback([inbound_message(text="here")])
        done = simulate(f"http://127.0.0.1:{port}/callbacks", [body], credentials=CREDENTIALS)
        assert done.lost == ()
        family = process.family
        assert len(family) >= 5
        process.main.terminate()
        process.main.wait()
        assert survivors(process.main.pid) == []
    engine = connect(f"sqlite:///{tmp_path}/durable.db")
    now = figures(engine)
    assert now.texts + now.inbox == 1
    engine.dispose()


def survivors(session: int) -> list[psutil.Process]:
    """Return the processes of a session that still run after a moment."""
    deadline = perf_counter() + 5
    while True:
        left: list[psutil.Process] = []
        for each in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                is_ours = os.getsid(each.pid) == session
                left += [each] if is_ours and each.status() != psutil.STATUS_ZOMBIE else []
        if not left or perf_counter() > deadline:  # pragma: no branch  # by chance
            return left
        sleep(0.05)  # pragma: no cover  # by chance


def test_the_demo_shows_the_callbacks_and_leaves_no_process() -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "durable", "demo", "--callbacks", "50"],
        env={**os.environ, "COVERAGE_PROCESS_CONFIG": "", "PYTHONPATH": str(RECIPES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    shown, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, shown
    assert "50 callbacks were sent, 0 were lost." in shown
    assert "dead letters, not-json" in shown
    assert re.search(r"[5-9] processes were started, 0 still run\.", shown)
    assert survivors(demo.pid) == []


def test_no_module_is_longer_than_150_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in FOLDER.rglob("*.py")}
    assert {path.name for path, length in lengths.items() if length > 150} == set()
    assert len(lengths) > 10


def test_a_dead_letter_keeps_the_body_unchanged(engine: Engine) -> None:
    put(engine, b"\xff\0")
    work_batch(engine, 50)
    with engine.connect() as connection:
        assert connection.execute(select(DeadLetter.body)).scalars().all() == [b"\xff\0"]
