"""A correct handler of callbacks, and handlers with one bug each."""
