"""The figures that the design promises, each measured beside its reference in one run: `make bench`.

A module `bench_<topic>.py` with a `main()` that returns rows is found by itself.
"""
