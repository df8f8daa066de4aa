"""Settings: those of `durable`, and where the broker is."""

from durable.settings import Settings, WebSettings


class BrokerSettings(Settings):
    """What every process needs."""

    broker_url: str = "amqp://guest:guest@localhost/"


class BrokerWebSettings(BrokerSettings, WebSettings):
    """What the web server needs as well."""
