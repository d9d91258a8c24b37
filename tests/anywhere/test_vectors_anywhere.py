"""The verifiers of docs/examples agree with the reference on every vector, and their commands with `python -m signing verify`.

Nothing is skipped: CI has Node and a JDK, and where one is missing the test fails and names it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pages import find_node

from signing import BoundedReplayMemory, Policy, TrustBundle, TrustError, verify
from tests.anywhere.batch import EXAMPLES, Verifier, load_vectors, question, write_folders
from tests.gate.processes import RunningGate, port_of
from tests.gate.today import a_code_of, a_trust_folder
from tests.signing.publisher_server import publishing
from tests.vectors import build, city
from tests.vectors.bundles import a_bundle
from tests.vectors.city import NOW

LANGUAGES = ("python", "node", "java")
MOST_LINES = {"python": 450, "node": 510, "java": 635}
"""Java and Node bring no strict JSON: a parser of their own is part of each."""
FILES = {"python": "verifier.py", "node": "verifier.mjs", "java": "Verifier.java"}


def program(name: str, package: str) -> str:
    """A program that must be here."""
    found = shutil.which(name)
    assert found, f"'{name}' is missing, and with it a third of this test: apt-get install {package}"
    return found


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """How each verifier is started; Java is compiled once, without a warning."""
    classes = tmp_path_factory.mktemp("classes")
    compiler = [program("javac", "openjdk-17-jdk-headless"), "--release", "17", "-Xlint:all", "-Werror"]
    subprocess.run([*compiler, "-d", classes, EXAMPLES / FILES["java"]], check=True)
    return {
        "python": [sys.executable, str(EXAMPLES / FILES["python"])],
        "node": [str(find_node().program), str(EXAMPLES / FILES["node"])],
        "java": [program("java", "openjdk-17-jre-headless"), "-cp", str(classes), "Verifier"],
    }


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_folders(tmp_path_factory.mktemp("trust"))


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def verifier(language: str, commands: dict[str, list[str]]) -> Iterator[Verifier]:
    with Verifier([*commands[language], "--batch"]) as running:
        yield running


def test_every_vector(verifier: Verifier, folders: dict[str, Path]) -> None:
    """Outcome and code as the vector says, claims as the reference finds them."""
    vectors, differing = load_vectors(), {}
    for vector in vectors:
        found, expected = verifier.ask(question(vector, folders)), reference(vector, folders)
        assert (expected["outcome"], expected["code"]) == (vector["expect"]["outcome"], vector["expect"]["code"])
        if found != expected:
            differing[vector["name"]] = found, expected
    assert differing == {}
    assert len(vectors) > 600


def reference(vector: dict[str, Any], folders: dict[str, Path]) -> dict[str, Any]:
    memory = BoundedReplayMemory() if "seen" in vector else None
    for code in vector.get("seen", ()):
        assert memory is not None
        memory.sight(bytes.fromhex(code["token_id"]), code["iat"], now=code["at"], forget_at=NOW + 10**9)
    verdict = verify(
        vector["text"],
        trust=None if vector["trust"] is None else load(folders[vector["trust"]]),
        policy=Policy.from_json(vector["policy"]),
        now=vector["now"],
        replay=memory,
        challenge=vector.get("challenge"),
    ).to_json()
    del verdict["evidence"]
    return verdict


@cache
def load(folder: Path) -> TrustBundle | None:
    try:
        return TrustBundle.load(folder)
    except TrustError:
        return None


def test_the_newest_file_of_a_folder_in_the_middle_of_a_change(
    verifier: Verifier, tmp_path: Path, folders: dict[str, Path]
) -> None:
    """Files that wait count if and only if the manifest waits too (§3)."""
    folder = shutil.copytree(folders["list-over-a-day-old"], tmp_path / "trust")
    asked = {"text": city.a_code(), "policy": {"preset": "gate"}, "now": NOW, "trust": str(folder)}
    for path in folders["city"].iterdir():
        if path.name != "manifest.jws":
            shutil.copy(path, folder / f"{path.name}.next")
    assert verifier.ask(asked)["code"] == "list_stale"
    again = shutil.copytree(folder, tmp_path / "committed")
    shutil.copy(folders["city"] / "manifest.jws", again / "manifest.jws.next")
    assert verifier.ask(asked | {"trust": str(again)})["code"] == "ok"


def test_one_command_judges_from_a_folder(
    language: str, commands: dict[str, list[str]], folders: dict[str, Path]
) -> None:
    """As `python -m signing verify` does: one object, exit 0 for valid and 1 for anything else."""
    for text, code in ((city.a_code(), "ok"), (city.a_jwt(), "ok"), (city.a_device_code(), "ok"), ("35", "not_a_code")):
        words = ["--trust", str(folders["city"]), "--now", str(NOW), text]
        theirs = subprocess.run([*commands[language], *words], capture_output=True, text=True, check=False, timeout=60)
        ours = subprocess.run(
            [sys.executable, "-m", "signing", "verify", *words], capture_output=True, text=True, check=False, timeout=60
        )
        found, expected = json.loads(theirs.stdout), json.loads(ours.stdout)
        assert (found["code"], found["outcome"], found["claims"]) == (code, expected["outcome"], expected["claims"])
        assert theirs.returncode == ours.returncode == (0 if code == "ok" else 1)


def test_one_command_judges_from_a_server(language: str, commands: dict[str, list[str]], tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(a_bundle().root)
    with publishing(a_bundle()) as publisher:
        words = ["--trust", publisher.url, "--root", str(tmp_path / "root.json"), "--now", str(NOW), city.a_code()]
        done = subprocess.run([*commands[language], *words], capture_output=True, text=True, check=False, timeout=60)
    assert json.loads(done.stdout)["code"] == "ok", done.stderr


def test_three_lines_of_java_ask_a_running_gate(tmp_path: Path) -> None:
    """The program of docs/verify-anywhere.md as it stands, but for the port."""
    folder = a_trust_folder(tmp_path / "trust")
    with RunningGate("--trust", folder, "--no-network", "--http", "127.0.0.1:0") as running:
        source = (
            (EXAMPLES / "AskBridge.java").read_text(encoding="utf-8").replace(":7532", f":{port_of(running, 'http:')}")
        )
        (tmp_path / "AskBridge.java").write_text(source, encoding="utf-8")
        command = [program("java", "openjdk-17-jdk-headless"), str(tmp_path / "AskBridge.java"), a_code_of()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert '"action": "admit"' in done.stdout, done.stderr
    page = (EXAMPLES.parent / "verify-anywhere.md").read_text(encoding="utf-8")
    for line in source.splitlines():
        if line.strip().startswith("var answer"):
            assert line.strip() in page


def test_a_verifier_is_short_enough_to_be_read(language: str) -> None:
    lines = (EXAMPLES / FILES[language]).read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= MOST_LINES[language]


def test_the_python_one_knows_nothing_of_this_project() -> None:
    text = (EXAMPLES / FILES["python"]).read_text(encoding="utf-8")
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_the_vectors_are_all_here() -> None:
    assert {path.stem for path in build.FOLDER.glob("*.json")} >= {"device", "judged", "text", "trust", "written-cwt"}
