"""The package needs nothing of the server's, and a verdict needs nothing of the machine's."""

from __future__ import annotations

import subprocess
import sys

from tests.vectors import city
from tests.vectors.build import FOLDER

_SERVER_SIDE = ("flask", "sqlalchemy", "redis", "ecard", "pydantic", "requests", "werkzeug", "click")
_SCRIPT = """
import json, sys

for name in {blocked!r}:
    sys.modules[name] = None

from pathlib import Path
from signing import Policy, TrustBundle, base64url, verify
from signing import __main__, publisher, stream, sync
from signing.trust_folder import TrustFiles

bundle = json.loads(Path({bundle!r}).read_text())
trust = TrustBundle.from_files(TrustFiles(
    *(bundle[name].encode() for name in ("root", "keys", "manifest")),
    lists={{int(number): base64url.decode(data) for number, data in bundle["lists"].items()}},
))

def forbid(event, arguments):
    if event.split(".")[0] in ("open", "socket", "os", "subprocess", "shutil", "tempfile", "sqlite3", "import"):
        raise RuntimeError(event)

policy = Policy.preset("gate")
sys.addaudithook(forbid)
import_free = verify({code!r}, trust=trust, policy=policy, now={now})
import_free_jwt = verify({token!r}, trust=trust, policy=policy, now={now})
print(import_free.code, import_free_jwt.code)
"""


def test_verdict_without_server_libraries_files_sockets_or_processes() -> None:
    script = _SCRIPT.format(
        blocked=_SERVER_SIDE,
        bundle=str(FOLDER / "trust" / "city.json"),
        code=city.a_code(),
        token=city.a_jwt(),
        now=city.NOW,
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("ok ok\n", "")
