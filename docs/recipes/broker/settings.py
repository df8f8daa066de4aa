"""The settings of `durable`, and the URL of the broker."""

from durable.settings import Settings, WebSettings
from pydantic import PositiveFloat


class BrokerSettings(Settings):
    """The settings of every process."""

    broker_url: str = "amqp://guest:guest@localhost/"


class BrokerWebSettings(BrokerSettings, WebSettings):
    """The additional settings of the web server."""

    # Seconds. A busy process answers up to a second after it, and 503 has to come within five.
    deadline: PositiveFloat = 3.5
