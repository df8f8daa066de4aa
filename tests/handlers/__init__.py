"""A handler of callbacks that is right, and others with one bug each."""
