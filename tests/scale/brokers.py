"""RabbitMQ as a private instance that can be killed."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Final

import amqp

from .packages import install
from .processes import MARK, Server, free_port, is_open, wait_until
from .store import environment, prepare

_PATIENCE: Final = 60  # seconds for a start, with a recovery
_PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONFIGURATION: Final = "log.console.level = warning\n"
_ARGUMENTS: Final = (
    "-noinput"
    " +sbwt none"  # its threads do not spin while they wait
    " -kernel inet_dist_use_interface {127,0,0,1}"
    " -kernel net_ticktime 8"  # seconds until a node of a cluster that hangs is given up
)
# Erlang, for a node: wait for a file, then refuse the other nodes, by another cookie for each.
_ISOLATE: Final = """
Wait = fun Again() ->
    case filelib:is_regular("{signal}") of true -> ok; false -> timer:sleep(5), Again() end
end,
Wait(),
[begin erlang:set_cookie(Node, refused), erlang:disconnect_node(Node) end || Node <- [{others}]].
"""
_REJOIN: Final = "[erlang:set_cookie(Node, erlang:get_cookie()) || Node <- [{others}]]."


class NameServer:
    """Runs epmd. Without it, the first node of Erlang starts one, which outlives the nodes."""

    def __init__(self, random: Random) -> None:
        self.port = free_port(random)
        self.cookie = token_hex()  # with which nodes that know one another talk
        self._main: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._main is None:
            command = ["epmd", "-port", f"{self.port}", "-address", "127.0.0.1"]
            environment = {**os.environ, **MARK}
            self._main = subprocess.Popen(command, env=environment, start_new_session=True)

    def stop(self) -> None:
        if self._main is not None:
            self._main.terminate()
            self._main.wait(_PATIENCE)


class RabbitMQ(Server):
    """A node on loopback with its data in a folder."""

    def __init__(
        self,
        folder: Path,
        random: Random,
        *,
        name: str = "scale",
        names: NameServer | None = None,
        configuration: str = "",
    ) -> None:
        install("rabbitmq-server", is_there=_PROGRAM.exists)
        self.name = name
        self.node = f"{name}@localhost"
        self._folder = folder / name
        self._log = folder / f"{name}.log"
        self._user = "rabbitmq" if os.geteuid() == 0 else None
        self.port = free_port(random)
        self._names = names or NameServer(random)
        self._owns_names = names is None
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._environment = {
            **os.environ,
            **MARK,
            "HOME": f"{self._folder}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": f"{self._names.port}",
            "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node
            "RABBITMQ_CONFIG_FILE": f"{self._folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{self._folder}/none",
            "RABBITMQ_DIST_PORT": f"{free_port(random)}",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self._folder}/plugins",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": f"{self._folder}",
            "RABBITMQ_MNESIA_BASE": f"{self._folder}/data",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": f"{self.port}",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ARGUMENTS} -setcookie {self._names.cookie}",
        }
        self._folder.mkdir()
        (self._folder / "rabbitmq.conf").write_text(_CONFIGURATION + configuration)
        (self._folder / "plugins").write_text("[].")
        if self._user:
            shutil.chown(self._folder, self._user)
            folder.chmod(0o755)

    @staticmethod
    def version() -> str:
        """Return the name and the number."""
        install("rabbitmq-server", is_there=_PROGRAM.exists)
        command = ["dpkg-query", "--show", "--showformat=${Version}", "rabbitmq-server"]
        shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return f"RabbitMQ {shown.split('-')[0]}"

    def start(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            self.boot()
            with suppress(OSError, amqp.AMQPError), closing(self._connect()):
                return
            time.sleep(0.1)
        raise RuntimeError(f"RabbitMQ did not start:\n{self._log.read_text()}")

    def boot(self) -> None:
        """Start it, unless it runs, and do not wait until it answers."""
        if self.is_running:
            return
        self._names.start()
        with self._log.open("ab") as log:
            self._main = subprocess.Popen(
                [f"{_PROGRAM}"],
                cwd=self._folder,
                env=self._environment,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _connect(self) -> amqp.Connection:
        connection = amqp.Connection(f"127.0.0.1:{self.port}", connect_timeout=2, read_timeout=5)
        connection.connect()
        return connection

    def stop(self) -> None:
        try:
            self._end(signal.SIGTERM, _PATIENCE)
        finally:
            if self._owns_names:
                self._names.stop()

    def wait_for_nodes(self, number: int) -> None:
        """Wait until so many nodes of its cluster are running."""
        self._ask("await_online_nodes", f"{number}")

    def leader(self, queue: str) -> str:
        """Return the name of the node that leads a queue."""
        said = self._ask("list_queues", "name", "leader", "--formatter", "json")
        # In some versions, a line of words comes before.
        rows = json.loads(said[said.index("[") :])
        [leader] = [row["leader"] for row in rows if row["name"] == queue]
        return f"{leader}".partition("@")[0]

    @contextmanager
    def isolation(self, nodes: Iterable["RabbitMQ"]) -> Generator[Callable[[], None]]:
        """Yield a function that disconnects it from other nodes; at the end, connect it again."""
        signal_file = self._folder / "isolate"
        others = ",".join(node.node for node in nodes if node is not self)
        expression = _ISOLATE.format(signal=signal_file, others=others)
        # Before it is needed, because the command takes a second to start.
        with self._call("eval", expression) as waiting:

            def isolate() -> None:
                signal_file.touch()
                if waiting.wait(_PATIENCE):
                    raise RuntimeError(f"{self.name}: not isolated")

            try:
                yield isolate
            finally:
                isolate()  # if nobody has: otherwise the node would wait for the file for ever
                # Without the majority, it stops serving clients.
                wait_until(lambda: not is_open(self.port), f"{self.name} closes its port")
                self._ask("eval", _REJOIN.format(others=others))
                signal_file.unlink()
                self.start()

    def _ask(self, *words: str) -> str:
        """Call RabbitMQ's own command, and return what it prints."""
        with self._call(*words) as process:
            said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"rabbitmqctl {words[0]}: exit code {process.returncode}")
        return said

    def _call(self, *words: str) -> "subprocess.Popen[str]":
        command: list[str | Path] = [_PROGRAM.with_name("rabbitmqctl")]
        command += ["--node", self.node, "--silent"]
        command += ["--erlang-cookie", self._names.cookie, *words]
        return subprocess.Popen(
            command,
            env=self._environment,
            user=self._user,
            stdout=subprocess.PIPE,
            text=True,
        )

    def add_user(self, name: str, permissions: Sequence[str]) -> str:
        """Add a user, who may configure, write and read what these patterns match; return a URL."""
        password = token_hex()
        self._ask("add_user", name, password)
        self._ask("set_permissions", name, *permissions)
        return f"amqp://{name}:{password}@127.0.0.1:{self.port}/"

    def waiting(self, queue: str) -> int:
        """Return how many bodies are in a queue, without those that a consumer has."""
        return self._declared(queue)[0]

    def wait_for_consumers(self, queue: str, number: int) -> None:
        """Wait until so many consumers take bodies from a queue."""
        wait_until(lambda: self._declared(queue)[1] == number, f"{number} consumers")

    def _declared(self, queue: str) -> tuple[int, int]:
        """Return how many bodies and how many consumers a queue has."""
        with closing(self._connect()) as connection:
            declared = connection.channel().queue_declare(queue, passive=True)
        assert declared
        _, bodies, consumers = declared
        return bodies, consumers


@contextmanager
def beside_sqlite() -> Generator[tuple[RabbitMQ, dict[str, str], Path]]:
    """Run RabbitMQ and prepare an SQLite database; yield also the settings, and the folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        rabbitmq = RabbitMQ(folder, Random())
        url = f"sqlite:///{folder}/durable.db"
        prepare(url)
        try:
            rabbitmq.start()
            yield (
                rabbitmq,
                {**environment(url), "BANDWIDTH_EVENTS_BROKER_URL": rabbitmq.url},
                folder,
            )
        finally:
            rabbitmq.stop()
