"""Small verifiers in other languages and by other hands (docs/examples), held to the vectors."""
