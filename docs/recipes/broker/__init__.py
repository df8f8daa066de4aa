"""Store, answer, work: callbacks through RabbitMQ. Run ``python -m broker``."""
