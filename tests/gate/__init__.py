"""The gate: `python -m signing gate`."""
