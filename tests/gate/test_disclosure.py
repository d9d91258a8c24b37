"""Who the holder is leaves the process for whoever asked, and is found nowhere else."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from signing import Policy
from signing.gate.addresses import Address
from signing.gate.disclosure import reveal
from signing.gate.issuer_verdict import Ruling, judged
from signing.gate.output import Output, hook_environment, is_journal
from signing.verdict import Verdict
from tests.gate.parts import Bench
from tests.gate.processes import ask
from tests.gate.test_http_bridge import a_bridge
from tests.vectors import city
from tests.vectors.city import MEDICAL, PATIENT

HOLDER = {"name": PATIENT.name, "document_number": PATIENT.document_number}
PERSONAL = (PATIENT.name, PATIENT.document_number, json.dumps(PATIENT.name)[1:-1])
KINDS = {"Content-Type": "application/json"}


class Granting:
    """An issuer that agrees, and tells who it is."""

    code: str | None = None

    def ask(self, text: str, own: Verdict, challenge: int | None) -> Ruling | None:  # noqa: ARG002 - the protocol's
        return Ruling(own if self.code is None else judged(own, self.code), HOLDER)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path, Policy.preset("hospital"), online=Granting())
    bench.give_sector_keys()
    return bench


def a_medical_code() -> str:
    return city.a_device_code(city.credential_claims(scene=MEDICAL))


def names_nobody(found: object) -> bool:
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    return not any(part in text for part in PERSONAL)


def test_an_answer_says_that_it_could_tell_and_tells_only_who_asks(bench: Bench) -> None:
    answer = bench.desk.judge(a_medical_code(), "http")
    plain = answer.to_json()
    assert (plain["code"], plain["sealed"], plain["holder"], plain["judged_by"]) == ("ok", "held", "held", "issuer")
    assert names_nobody(plain)
    assert names_nobody(answer)
    told = reveal(answer, bench.sectors)
    assert (told["sealed"], told["holder"]) == (asdict(PATIENT), HOLDER)
    assert told == {**plain, "sealed": told["sealed"], "holder": told["holder"]}


def test_log_hook_lines_and_files_name_nobody(bench: Bench) -> None:
    streams = {form: io.StringIO() for form in ("line", "json")}
    answer = bench.desk.judge(a_medical_code(), "serial")
    for form, stream in streams.items():
        Output(form, stream).answer(answer)  # type: ignore[arg-type]
    reveal(answer, bench.sectors)
    found: list[object] = [stream.getvalue() for stream in streams.values()]
    found += [hook_environment(answer), bench.log.waiting(1), bench.complaints, bench.desk.counts]
    bench.close()
    found += [path.read_bytes() for path in bench.folder.iterdir()]
    assert [each for each in found if not names_nobody(each)] == []


def test_standard_output_tells_it_where_the_site_said_so(bench: Bench) -> None:
    stream = io.StringIO()
    Output("json", stream, lambda answer: reveal(answer, bench.sectors)).answer(bench.desk.judge(a_medical_code(), "x"))
    assert json.loads(stream.getvalue())["sealed"] == asdict(PATIENT)


def question(text: str, **more: Any) -> bytes:
    return json.dumps({"text": text} | more).encode()


def test_the_bridge_tells_it_in_the_reply_that_asked(bench: Bench) -> None:
    with a_bridge(bench) as port:
        asked = ask(port, "POST", "/verify", question(a_medical_code(), reveal=True), KINDS)[1]
        assert (asked["action"], asked["sealed"]) == ("admit", asdict(PATIENT))
        bench.clock.now += 10
        replayed = ask(port, "POST", "/verify", question(a_medical_code(), reveal=True), KINDS)[1]
        assert (replayed["code"], "sealed" in replayed, "holder" in replayed) == ("replayed", False, False)
        for path in ("/metrics", "/healthz"):
            assert names_nobody(ask(port, "GET", path)[1])


@pytest.mark.parametrize("body", [{}, {"reveal": False}], ids=repr)
def test_the_bridge_tells_nobody_who_did_not_ask(bench: Bench, body: dict[str, Any]) -> None:
    with a_bridge(bench) as port:
        answer = ask(port, "POST", "/verify", question(a_medical_code(), **body), KINDS)[1]
    assert (answer["sealed"], names_nobody(answer)) == ("held", True)


@pytest.mark.parametrize(("told", "expected"), [(False, (403, {"error": "reveal_not_allowed"})), (True, None)])
def test_other_machines_are_told_only_where_the_site_said_so(bench: Bench, told: bool, expected: object) -> None:
    with a_bridge(bench, Address("0.0.0.0", 0), reveals_to_all=told) as port:  # noqa: S104 - the case in question
        answer = ask(port, "POST", "/verify", question(a_medical_code(), reveal=True), KINDS)
        assert answer == expected if expected else answer[1]["sealed"] == asdict(PATIENT)
        again = ask(port, "POST", "/verify", question(a_medical_code()), KINDS)[1]
    assert again["code"] == ("double_read" if told else "ok"), "who is refused has not spent the code"


def test_a_code_that_the_issuer_refuses_tells_nothing(tmp_path: Path) -> None:
    refusing = Granting()
    refusing.code = "revoked"
    bench = Bench(tmp_path, Policy.preset("counter"), online=refusing)
    bench.give_sector_keys()
    told = reveal(bench.desk.judge(a_medical_code(), "http"), bench.sectors)
    assert (told["code"], "sealed" in told, "holder" in told) == ("revoked", False, False)


def test_the_journal_is_known_by_what_the_service_manager_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w") as stream:
        assert not is_journal(stream)
        facts = (tmp_path / "journal").stat()
        monkeypatch.setenv("JOURNAL_STREAM", f"{facts.st_dev}:{facts.st_ino}")
        assert is_journal(stream)
    no_file: Callable[[], io.StringIO] = io.StringIO
    assert not is_journal(no_file())
