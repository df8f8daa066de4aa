"""Three nodes of RabbitMQ on this machine, each of which has every queue."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from random import Random
from typing import Final

import amqp

from .brokers import NameServer, RabbitMQ

_NAMES: Final = ("one", "two", "three")
_CONFIGURATION: Final = "\n".join(
    [
        "cluster_partition_handling = pause_minority",
        "cluster_formation.peer_discovery_backend = classic_config",
        *(
            f"cluster_formation.classic_config.nodes.{place} = {name}@localhost"
            for place, name in enumerate(_NAMES, 1)
        ),
        "",
    ]
)


class Cluster:
    """Nodes that are killed and frozen one at a time, or all at once."""

    def __init__(self, folder: Path, random: Random) -> None:
        self._names = NameServer(random)
        self.nodes = [
            RabbitMQ(folder, random, name=name, names=self._names, configuration=_CONFIGURATION)
            for name in _NAMES
        ]
        self.url = ";".join(node.url for node in self.nodes)

    def start(self) -> None:
        for node in self.nodes:
            node.boot()  # all of them, because each waits for those that ended after it
        for node in self.nodes:
            node.start()
        self.nodes[0].wait_for_nodes(len(self.nodes))

    def kill(self) -> None:
        """End all of it with SIGKILL."""
        for node in self.nodes:
            node.kill()

    def freeze(self) -> None:
        for node in self.nodes:
            node.freeze()

    def thaw(self) -> None:
        for node in self.nodes:
            node.thaw()

    def isolation(self, node: RabbitMQ) -> AbstractContextManager[Callable[[], None]]:
        """Yield a function that cuts the connections of a node to the other nodes."""
        return node.isolation(self.nodes)

    def stop(self) -> None:
        self.thaw()
        with ExitStack() as stack:
            stack.callback(self._names.stop)
            for node in self.nodes:  # the last one first
                stack.callback(node.stop)

    def leader(self, queue: str) -> RabbitMQ:
        """Return the node that leads a queue."""
        name = self.nodes[0].leader(queue)
        [leader] = [node for node in self.nodes if node.name == name]
        return leader

    def wait_for_consumers(self, queue: str, number: int) -> None:
        """Wait until so many consumers take bodies from a queue."""
        self.nodes[0].wait_for_consumers(queue, number)

    def waiting(self, queue: str) -> int:
        """Ask the first node that answers how many bodies are in a queue."""
        return _first(self.nodes, queue)


def _first(nodes: Iterable[RabbitMQ], queue: str) -> int:
    for node in nodes:
        with suppress(OSError, amqp.AMQPError):
            return node.waiting(queue)
    raise RuntimeError("no node answers")
