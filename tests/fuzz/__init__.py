"""Hostile input by the million: mutations that two implementations must agree on, and a coverage-guided fuzzer."""
