"""Read settings from environment variables that start with ``BANDWIDTH_EVENTS_``."""

from pydantic import PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from typing_extensions import Self


class Settings(BaseSettings):
    """The settings of every process."""

    model_config = SettingsConfigDict(
        env_prefix="BANDWIDTH_EVENTS_",
        title="environment variables BANDWIDTH_EVENTS_…",  # as errors call them
        # A log keeps the error about a missing variable, so it must not quote the others.
        hide_input_in_errors=True,
    )

    # "postgresql://user:password@host/name" for processes on several machines.
    database_url: SecretStr = SecretStr("sqlite:///durable.db")
    batch: PositiveInt = 50  # bodies in one transaction of a worker
    pause: PositiveFloat = 0.1  # seconds between a worker's queries while the inbox is empty
    telemetry: bool = False  # traces and metrics, through OpenTelemetry

    @classmethod
    def load(cls) -> Self:
        return cls.model_validate({})  # BaseSettings adds the environment


class WebSettings(Settings):
    """The additional settings of the web server."""

    username: str
    password: SecretStr
    deadline: PositiveFloat = 4.0  # seconds; Bandwidth waits for 10
    threads: PositiveInt | None = None  # connections to the database, of each process
    # More than the library parses by default, so that a larger body is kept as a dead letter.
    max_body_bytes: PositiveInt = 16 * 1024 * 1024

    @property
    def connections(self) -> int:
        # SQLite has one writer. Requests that queue here get their turn; threads that poll may not.
        is_sqlite = self.database_url.get_secret_value().startswith("sqlite")
        return self.threads or (1 if is_sqlite else 8)
