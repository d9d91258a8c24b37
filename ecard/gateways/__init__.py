"""The outside, each behind a Protocol: a real HTTP client for production, a sandbox for the demo."""
