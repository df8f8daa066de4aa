"""Settings: environment variables that begin with ``BANDWIDTH_EVENTS_``. The template sets them."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IntakeSettings(BaseSettings):
    """What the intake needs. It does without the database."""

    model_config = SettingsConfigDict(
        env_prefix="BANDWIDTH_EVENTS_",
        title="environment variables BANDWIDTH_EVENTS_…",  # as errors call them
        # A log keeps the error about a missing variable, so it must not quote the others.
        hide_input_in_errors=True,
    )

    username: str
    password: SecretStr
    queue_url: str

    @classmethod
    def load(cls) -> "IntakeSettings":
        return cls.model_validate({})  # BaseSettings adds the environment
