"""What a gate says and does about a verdict: lines on standard output, and a command of the site's own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Literal, TextIO

from signing.gate.desk import Answer

Members = Callable[[Answer], Mapping[str, object]]
"""Writes an answer as an object ready for JSON, with what it tells of the person or without."""

Form = Literal["line", "json"]
FORMS: tuple[Form, ...] = ("line", "json")

HOOK_SECONDS = 2.0
"""How long a hook may take before it is killed."""

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")


class Output:
    """Writes answers and challenges to ``stream``, a line each, whichever thread they come from.

    The form ``line`` has no token number and no pseudonym in it, for what reads it may keep a journal; ``json`` has all that a code says,
    as ``members`` writes it.
    """

    def __init__(self, form: Form, stream: TextIO, members: Members = Answer.to_json) -> None:
        self._write_answer: Callable[[Answer], str] = _line if form == "line" else partial(_json, members)
        self._write_challenge = {"line": _challenge_line, "json": _challenge_json}[form]
        self._stream, self._lock = stream, Lock()
        self._shown: int | None = None

    def answer(self, answer: Answer) -> None:
        """Writes an answer, and the next challenge where there is a new one."""
        self._print(self._write_answer(answer))
        self.challenge(answer.challenge)

    def challenge(self, challenge: int | None) -> None:
        """Writes a challenge that was not shown yet."""
        if challenge is not None and challenge != self._shown:
            self._shown = challenge
            self._print(self._write_challenge(challenge))

    def _print(self, line: str) -> None:
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class Hook:
    """A command of the site's own that is run for each verdict, a door's relay perhaps.

    It is started without a shell and told the outcome by its environment; never the text of a code, a name or a token number.

    Args:
        command: program and arguments as a shell would split them; nothing in them is expanded.
        trouble: told in a line of a hook that failed or took too long.
    """

    def __init__(self, command: str, trouble: Callable[[str], None], *, seconds: float = HOOK_SECONDS) -> None:
        self._argv = split_command(command)
        self._trouble, self._seconds = trouble, seconds
        self._inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}

    def run(self, answer: Answer) -> None:
        """Runs the hook and waits for it; a second reading of the same code opens no door twice, so it runs nothing."""
        if answer.action == "ignore":
            return
        try:
            done = subprocess.run(
                self._argv,
                env={**self._inherited, **hook_environment(answer)},
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self._trouble(f"the hook took longer than {self._seconds:g} s and was killed")
        except OSError as error:
            self._trouble(f"the hook could not be run: {error}")
        else:
            if done.returncode != 0:
                self._trouble(f"the hook ended with {done.returncode}")


def split_command(command: str) -> Sequence[str]:
    """The words of a command line.

    Raises:
        ValueError: none, or a quotation that does not end.
    """
    words = shlex.split(command)
    if not words:
        raise ValueError("an empty command")
    return words


def is_journal(stream: TextIO) -> bool:
    """Whether ``stream`` is the service manager's journal, as that says in ``JOURNAL_STREAM`` (systemd.exec)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def hook_environment(answer: Answer) -> Mapping[str, str]:
    """What a hook is told."""
    claims = answer.verdict.claims
    known = {
        "ECARD_OUTCOME": answer.verdict.outcome,
        "ECARD_CODE": answer.verdict.code,
        "ECARD_ACTION": answer.action,
        "ECARD_SOURCE": answer.source,
    }
    if claims is not None:
        known["ECARD_SCENE"] = claims.scene.name
        if "concession" in claims.attributes:
            known["ECARD_CONCESSION"] = str(claims.attributes["concession"])
    return known


def _line(answer: Answer) -> str:
    """``2026-11-24T08:00:00Z admit valid ok serial scene=transit concession=1``."""
    at = datetime.fromtimestamp(answer.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = [at, answer.action, answer.verdict.outcome, answer.verdict.code, answer.source]
    claims = answer.verdict.claims
    if claims is not None:
        words.append(f"scene={claims.scene.name}")
        words += [f"{name}={value}" for name, value in claims.attributes.items() if isinstance(value, int)]
    return " ".join(words)


def _json(members: Members, answer: Answer) -> str:
    return json.dumps({"event": "verdict", **members(answer)}, ensure_ascii=False)


def _challenge_line(challenge: int) -> str:
    return f"challenge {challenge:06d}"


def _challenge_json(challenge: int) -> str:
    return json.dumps({"event": "challenge", "challenge": challenge})
