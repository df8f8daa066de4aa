"""Measure the cost of the library and of the alternatives: `make bench`."""
