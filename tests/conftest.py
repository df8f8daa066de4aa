"""Configuration of the tests."""

from hypothesis import Phase, settings

# A busy machine is no failure: speed is for benchmarks.
settings.register_profile("patient", settings(), deadline=None)
# Where the tests run eight times: `make matrix`. Other versions are other code, not other inputs,
# so fewer will do, and of those that fail nobody needs the smallest.
settings.register_profile(
    "matrix", settings(), deadline=None, max_examples=25, phases=set(Phase) - {Phase.shrink}
)
settings.load_profile("patient")

# Where the tests run for each mutant: the same examples each time, or a score would be an accident.
settings.register_profile("mutants", settings(), deadline=None, max_examples=25, derandomize=True)
