"""Store callbacks in one database, answer, then work. Run it with ``python -m durable``."""
