"""The web server: ``uvicorn --factory broker.celery_web:create_app``."""

from durable.web import Threads, application
from starlette.applications import Starlette

from .celery_tasks import put
from .settings import BrokerWebSettings


def create_app() -> Starlette:
    """Build the application; uvicorn calls this once in each process."""
    settings = BrokerWebSettings.load()
    threads = Threads(put, settings.threads or 8)
    return application(settings, threads.put, threads.close)
