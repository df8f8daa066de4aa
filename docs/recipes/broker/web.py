"""The web server: ``uvicorn --factory broker.web:create_app --host 127.0.0.1 --port 8000``."""

from durable.web import application
from starlette.applications import Starlette

from .publisher import Publisher
from .settings import BrokerWebSettings


def create_app() -> Starlette:
    """Build the application; uvicorn calls this once in each process."""
    settings = BrokerWebSettings.load()
    publisher = Publisher(settings.broker_url)
    return application(settings, publisher.put, publisher.close)
