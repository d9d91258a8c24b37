"""A gate without our pages: `python -m signing sync` and `verify` against the running city, over HTTP as its users have it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running_city import RunningCity, eventually

PHONE, DOCUMENT, NAME = "19900000003", "440100200109300351", "买买提·艾合买提江"


def test_a_gate_syncs_and_judges_by_command(city: RunningCity, tmp_path: Path) -> None:
    """Valid, then refused after a loss report and another sync; what was synced goes on without a network."""
    token = _sign_in(city)
    bound, _ = _post(city, "/api/v1/me/binding", {"document_number": DOCUMENT, "name": NAME}, token)
    assert bound == 200
    status, code = _post(city, "/api/v1/codes", {"scene": "transit"}, token)
    assert status == 201
    trust = tmp_path / "trust"
    eventually(lambda: sync(city, trust) == 0, what="a first sync")
    assert verify(trust, code["text"]) == (0, "ok")
    assert verify(trust, code["text"][:-1])[0] == 1

    assert _post(city, "/api/v1/me/card/loss-report", {}, token)[0] == 200
    assert verify(trust, code["text"]) == (0, "ok"), "an older list does not know yet"
    eventually(lambda: sync(city, trust) == 0 and verify(trust, code["text"]) == (1, "revoked"), what="the refusal")


def issue_codes(city: RunningCity, count: int) -> list[str]:
    """Fresh identity codes of one holder."""
    token = _sign_in(city)
    _post(city, "/api/v1/me/binding", {"document_number": DOCUMENT, "name": NAME}, token)
    return [_post(city, "/api/v1/codes", {"scene": "identity"}, token)[1]["text"] for _ in range(count)]


def _sign_in(city: RunningCity) -> str:
    assert _post(city, "/api/v1/auth/sms-codes", {"phone": PHONE}, None)[0] == 202
    _, inbox = city.request("GET", f"/demo/api/inbox?phone={PHONE}")
    found = re.search(r"验证码 (\d{6})", inbox["items"][0]["text"])
    assert found
    _, answer = _post(city, "/api/v1/auth/sessions", {"phone": PHONE, "code": found.group(1)}, None)
    return str(answer["access_token"])


def _post(city: RunningCity, path: str, body: dict[str, Any], token: str | None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return city.request("POST", path, body, **headers)


def sync(city: RunningCity, trust: Path) -> int:
    """What the command ends with."""
    url, root = f"http://127.0.0.1:{city.settings.port}", city.settings.keys / "root.json"
    return _run("sync", "--from", url, "--root", str(root), "--trust", str(trust)).returncode


def verify(trust: Path, text: str) -> tuple[int, str]:
    """What the command ends with, and the code of its verdict."""
    done = _run("verify", "--trust", str(trust), text)
    return done.returncode, json.loads(done.stdout)["code"]


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "signing", *words], capture_output=True, text=True, check=False, timeout=60
    )
