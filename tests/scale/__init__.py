"""Proves that the recipe `durable` loses nothing: ``python -m scale`` kills everything in it."""
