"""The applications under test: how their processes are started."""

from dataclasses import dataclass
from typing import Final

from .kinds import Kind


@dataclass(frozen=True)
class Application:
    """A recipe's web application, its worker, and the queue between them."""

    web: str
    worker: tuple[str, ...]
    """The words after ``python -m``."""

    queue: str | None = None
    """The broker's; `None` if bodies wait in the database."""


_DURABLE: Final = Application("durable.web:create_app", ("durable", "work"))
_BROKER: Final = Application("broker.web:create_app", ("broker", "work"), "callbacks")
_CELERY: Final = (
    *("celery", "--app", "broker.celery_tasks", "worker", "--concurrency", "1"),
    *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
)
APPLICATIONS: Final[dict[Kind, Application]] = {
    "sqlite": _DURABLE,
    "postgresql": _DURABLE,
    "rabbitmq": _BROKER,
    "cluster": _BROKER,
    "celery": Application("broker.celery_web:create_app", _CELERY, "callbacks.celery"),
}
