"""A city of twenty million cards and its verifiers, thirty days in compressed time: ``python -m tests.simulation``."""
