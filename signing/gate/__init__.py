"""A gate or a counter as one long-running process: ``python -m signing gate`` (docs/verify-anywhere.md, docs/decisions/0015).

Readers hand in lines, `signing.gate.desk` judges them, `signing.gate.keeper` keeps the trust material fresh, and
`signing.gate.uploader` brings the scan log to the issuer when there is a network. Each works without the others.
"""
