"""Test vectors that every implementation of docs/token-format.md is held to, and the script that builds them.

``*.json`` are lists of vectors, each an object:

- ``name``: the defect, or what is special; unique.
- ``text``: what the scanner read.
- ``trust``: the name of a file in ``trust/``, or null where the verifier has no trust material.
- ``policy``: a policy as §4.1 writes it.
- ``now``: seconds since 1970.
- ``challenge``, where the site showed one: the number.
- ``seen``, where the site has a replay memory: what it knows, each ``{"token_id": hex, "iat": code time, "at": last sight}``.
- ``expect``: ``outcome`` and ``code`` of the verdict; ``trust_code`` where the trust material is refused, by the check that does it.

``trust/*.json`` are trust folders (§3), as `tests.vectors.bundles` describes them.
"""
