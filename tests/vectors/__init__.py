"""Test vectors that every implementation of docs/token-format.md is held to, and the script that builds them."""
