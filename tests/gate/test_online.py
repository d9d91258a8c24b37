"""Asking the issuer: when, for how long, and never beyond what the site's own policy lets in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from signing import OUTCOME_OF, Policy, verify
from signing.gate.backoff import Backoff
from signing.gate.issuer_api import IssuerError
from signing.gate.online import MOST_AT_ONCE, Asker, Online
from signing.policy import Online as Mode
from signing.trust import TrustBundle
from tests.gate.parts import Bench, HandClock
from tests.vectors import city
from tests.vectors.bundles import a_bundle
from tests.vectors.city import NOW

ASKER = Asker("registration", "窗口 3")
LIBERAL = Policy.from_json({"preset": "counter", "max_list_age": 604_800})
Reply = Callable[[Mapping[str, object]], Any]


def judged(question: Mapping[str, object], code: str | None = None) -> dict[str, Any]:
    """As the issuer would answer: by its own trust material, and its own policy; or with ``code``."""
    text, challenge = str(question["text"]), question.get("challenge")
    trust = TrustBundle.from_files(a_bundle().to_files())
    asked = challenge if isinstance(challenge, int) else None
    verdict = verify(text, trust=trust, policy=LIBERAL, now=NOW, challenge=asked)
    if code is not None:
        verdict = verdict._replace(outcome=OUTCOME_OF[code], code=code)
    is_valid = verdict.outcome == "valid"
    return {"verdict": verdict.to_json(), "holder": {"name": "林志远"} if is_valid else None}


def saying(code: str) -> Reply:
    return lambda question: judged(question, code)


@dataclass
class Issuer:
    """A line at whose end somebody answers, or nobody."""

    reply: Reply = judged
    questions: list[Mapping[str, object]] = field(default_factory=list)

    def open(self, now: int) -> None:
        self.verify({"text": ""}, now)

    def verify(self, question: Mapping[str, object], now: int) -> Mapping[str, object]:  # noqa: ARG002
        self.questions.append(question)
        found: Mapping[str, object] = self.reply(question)
        return found


def away(question: Mapping[str, object]) -> Any:
    raise IssuerError(0, "unreachable: no route")


@dataclass
class Window:
    """A desk with a way to the issuer, and seconds that pass when they are told to."""

    folder: Path
    mode: Mode = "first"
    issuer: Issuer = field(default_factory=Issuer)
    more: Mapping[str, object] = field(default_factory=dict)
    patience: float = 5.0
    ticks: float = 0.0
    noted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        backoff = Backoff(5.0, 60.0, jitter=lambda: 0.0)
        note: Callable[[str, str], None] = lambda state, miss: self.noted.append((state, miss))  # noqa: E731
        self.online = Online(
            self.mode,
            self.issuer,
            ASKER,
            HandClock(),
            note,
            backoff=backoff,
            ticks=lambda: self.ticks,
            patience=self.patience,
        )
        policy = Policy.from_json({"preset": "counter", "online": self.mode, **self.more})
        self.bench = Bench(self.folder, policy, online=self.online)
        self.desk, self.clock = self.bench.desk, self.bench.clock

    def judge(self, text: str) -> tuple[str, str]:
        """The code, and who judged."""
        answer = self.desk.judge(text, "serial")
        return answer.verdict.code, answer.judged_by

    def age_list(self) -> None:
        """From now on the site's own list is too old to tell."""
        self.desk.policy = Policy.from_json({"preset": "counter", "online": self.mode, "max_list_age": 1, **self.more})


def a_code(index: int = city.INDEX) -> str:
    return city.a_code(city.some_claims(index=index))


LOST = a_code(city.REVOKED_INDEX)


@pytest.mark.parametrize(
    ("mode", "text", "asked"),
    [
        ("never", a_code(), 0),
        ("on_unknown", a_code(), 0),
        ("on_unknown", LOST, 0),
        ("first", a_code(), 1),
        ("first", LOST, 1),
        ("first", "35", 0),
        ("first", city.a_code(signer=city.STRANGER), 1),
        ("first", city.a_code(city.some_claims(issued_at=NOW - 200, expires_at=NOW - 140)), 0),
    ],
)
def test_of_what_the_issuer_is_asked(tmp_path: Path, mode: Mode, text: str, asked: int) -> None:
    window = Window(tmp_path, mode)
    window.judge(text)
    assert len(window.issuer.questions) == asked


def test_a_question_goes_on_record_with_purpose_and_operator(tmp_path: Path) -> None:
    window = Window(tmp_path)
    assert window.judge(a_code()) == ("ok", "issuer")
    assert window.issuer.questions == [{"text": a_code(), "purpose": "registration", "operator": "窗口 3"}]


@pytest.mark.parametrize("code", ["revoked", "replayed", "expired"])
def test_the_issuer_refuses_what_the_site_would_let_in(tmp_path: Path, code: str) -> None:
    window = Window(tmp_path, issuer=Issuer(saying(code)))
    assert window.judge(a_code()) == (code, "issuer")
    assert window.bench.log.waiting(1)[0].code == code


def test_where_the_site_cannot_tell_the_issuer_does(tmp_path: Path) -> None:
    window = Window(tmp_path, "on_unknown")
    window.age_list()
    assert window.judge(a_code()) == ("ok", "issuer")
    assert window.bench.log.waiting(1)[0].shard == city.SHARD


def test_without_any_trust_material_too(tmp_path: Path) -> None:
    window = Window(tmp_path, "on_unknown")
    window.desk.trust = None
    answer = window.desk.judge(city.a_device_code(), "serial")
    assert (answer.action, answer.judged_by) == ("admit", "issuer")
    assert answer.verdict.claims is not None
    assert answer.verdict.claims.to_json() == judged({"text": city.a_device_code()})["verdict"]["claims"]
    assert window.judge("rubbish") == ("no_trust", "site")
    assert len(window.issuer.questions) == 1, "rubbish is worth no question"


def test_what_the_issuer_lets_in_is_single_use_here_and_a_second_reading_is_nothing_new(tmp_path: Path) -> None:
    window = Window(tmp_path, "on_unknown")
    window.age_list()
    assert window.judge(a_code()) == ("ok", "issuer")
    assert window.judge(a_code()) == ("double_read", "site")
    window.clock.now += 10
    assert window.judge(a_code()) == ("replayed", "issuer"), "even where the issuer forgot"


def test_the_issuer_does_not_lift_the_site_s_scenes(tmp_path: Path) -> None:
    window = Window(tmp_path, more={"scenes": ["identity"]})
    assert window.judge(a_code()) == ("scene_not_accepted", "site")
    window.desk.trust = None
    answer = window.desk.judge(a_code(), "serial")
    assert (answer.verdict.code, answer.judged_by, answer.holder) == ("scene_not_accepted", "issuer", None)


def test_nor_the_age_of_a_credential(tmp_path: Path) -> None:
    window = Window(tmp_path, more={"max_credential_age": 60})
    window.desk.trust = None
    assert window.judge(city.a_device_code()) == ("credential_stale", "issuer")


def test_nor_its_challenge(tmp_path: Path) -> None:
    window = Window(tmp_path, "on_unknown", more={"challenge": True})
    window.desk.trust = None
    shown = window.desk.shown_challenge()
    assert shown
    assert window.judge(a_code()) == ("challenge_missing", "issuer")
    assert window.judge(city.a_device_code(challenge=shown + 1)) == ("challenge_wrong", "issuer")
    right = city.a_device_code(challenge=shown)
    assert window.judge(right) == ("ok", "issuer")
    assert window.desk.shown_challenge() != shown
    assert window.judge(right) == ("double_read", "site")
    never_shown = window.desk.judge(city.a_device_code(challenge=7), "http", challenge=7)
    assert (never_shown.verdict.code, never_shown.judged_by) == ("no_trust", "site"), "nobody was shown that"


def test_a_challenge_serves_one_customer_while_the_issuer_is_asked_about_another(tmp_path: Path) -> None:
    window = Window(tmp_path, "on_unknown", more={"challenge": True})
    window.age_list()
    shown = window.desk.shown_challenge()
    claims = city.credential_claims(index=300)
    beside: list[tuple[str, str]] = []

    def slowly(question: Mapping[str, object]) -> Any:
        window.issuer.reply = judged
        beside.append(window.judge(city.a_device_code(claims, challenge=shown)))
        return judged(question)

    window.issuer.reply = slowly
    assert window.judge(city.a_device_code(challenge=shown)) == ("challenge_wrong", "issuer")
    assert beside == [("ok", "issuer")]


@pytest.mark.parametrize("reply", [away, lambda _: judged(_, "list_stale"), lambda _: {}, lambda _: {"verdict": {}}])
def test_an_issuer_that_cannot_tell_leaves_the_site_s_own_answer(tmp_path: Path, reply: Reply) -> None:
    window = Window(tmp_path, issuer=Issuer(reply))
    assert window.judge(a_code()) == ("ok", "site")


FALSE = {
    "another code's": lambda _: judged({"text": a_code(8)}),
    "valid without claims": lambda q: {"verdict": judged(q)["verdict"] | {"claims": None}, "holder": None},
    "valid and yet not": lambda q: {"verdict": judged(q)["verdict"] | {"code": "revoked"}, "holder": None},
    "a word of its own": lambda q: {"verdict": judged(q)["verdict"] | {"outcome": "admit"}, "holder": None},
    "a label of its own": lambda q: {"verdict": judged(q, "revoked")["verdict"] | {"code": 'x"} 1'}, "holder": None},
}


@pytest.mark.parametrize("name", FALSE)
def test_an_answer_that_is_none_counts_for_nothing(tmp_path: Path, name: str) -> None:
    window = Window(tmp_path, "on_unknown", issuer=Issuer(FALSE[name]))
    window.age_list()
    assert window.judge(a_code()) == ("list_stale", "site")
    assert window.noted == [("away", "answer_malformed")]


def test_after_a_question_in_vain_nobody_waits_for_a_while_and_then_one_tries(tmp_path: Path) -> None:
    window = Window(tmp_path, issuer=Issuer(away))
    asked = []
    for second in range(40):
        window.ticks = float(second)
        assert window.judge(a_code(300 + second)) == ("ok", "site")
        asked.append(len(window.issuer.questions))
    assert [asked.index(count) for count in range(1, max(asked) + 1)] == [0, 5, 15, 35]
    window.issuer.reply, window.ticks = judged, 200.0
    assert window.judge(a_code(400)) == ("ok", "issuer")
    assert window.judge(a_code(401)) == ("ok", "issuer")
    assert window.noted == [("away", "unreachable: no route"), ("answering", "")]


def test_it_is_ready_before_the_first_customer_and_says_whether_it_works(tmp_path: Path) -> None:
    window = Window(tmp_path)
    window.issuer.reply = lambda _: {}
    window.online.run(threading.Event())
    assert (window.online.state, window.noted) == ("answering", [("answering", "")])


def test_a_silent_issuer_is_waited_for_briefly_and_holds_up_no_other_reader(tmp_path: Path) -> None:
    gone = threading.Event()

    def silent(question: Mapping[str, object]) -> Any:
        gone.wait(30)
        return judged(question)

    window = Window(tmp_path, issuer=Issuer(silent), patience=0.5)
    first = threading.Thread(target=window.judge, args=(a_code(300),))
    begun = time.monotonic()
    first.start()
    while not window.issuer.questions:
        time.sleep(0.005)
    assert window.judge("35") == ("not_a_code", "site"), "another reader goes on meanwhile"
    assert time.monotonic() - begun < 0.5
    first.join()
    assert 0.5 <= time.monotonic() - begun < 2
    assert window.judge(a_code(301)) == ("ok", "site")
    assert time.monotonic() - begun < 2, "and the next customer does not wait"
    gone.set()


def test_questions_that_hang_are_few(tmp_path: Path) -> None:
    gone = threading.Event()
    window = Window(tmp_path, issuer=Issuer(lambda _: gone.wait(30) and {}), patience=0.05)
    for attempt in range(MOST_AT_ONCE + 3):
        window.ticks = 1000.0 * attempt
        window.judge(a_code(300 + attempt))
    assert len(window.issuer.questions) == MOST_AT_ONCE
    gone.set()
