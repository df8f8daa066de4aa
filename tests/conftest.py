"""Configuration of the tests."""

from hypothesis import settings

# A busy machine is no failure: speed is for benchmarks.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
