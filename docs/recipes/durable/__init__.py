"""Store, answer, work: callbacks through one database. Run it with ``python -m durable``."""
