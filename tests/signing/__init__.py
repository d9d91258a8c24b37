"""Tests of the verifier's package, which stands alone."""
