"""Store, answer, work: callbacks through RabbitMQ. Run it with ``python -m broker``."""
