"""Brings what the tests talk to: a PostgreSQL, a Redis, a Chromium. What cannot be brought is named, with how to get it."""
