"""One request, one message: codes for signing in and for linking a phone, whatever becomes of the answer or of the provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ecard.gateways.http import GatewayError
from ecard.store.models import DemoMessage, IdempotencyRecord
from ecard.web.parts import EXTENSION, Parts
from tests.services.phones import STEP_UP
from tests.town import Answer, Api, Town
from tests.web.repeats import KEY, OTHER_KEY, SMS, code_of, count, many, replayed


@dataclass(frozen=True)
class Request:
    """A request for a code, by somebody who may ask for one now."""

    path: str
    body: dict[str, Any]
    token: str | None = None

    def send(self, town: Town, key: str | None = KEY) -> Answer:
        headers = {"Idempotency_Key": key} if key else {}
        return Api(town.client(), self.token).post(self.path, self.body, **headers)


def _sign_in(town: Town) -> Request:
    return Request(SMS, {"phone": town.a_card().phone})


def _step_up(town: Town) -> Request:
    return Request(STEP_UP, {}, town.sign_in(town.a_card()).token)


@pytest.fixture(params=[_sign_in, _step_up], ids=["sign-in", "step-up"])
def asking(request: pytest.FixtureRequest, town: Town) -> Request:
    """Each request that sends a code."""
    made: Request = request.param(town)
    return made


class SilentProvider:
    """A provider of short messages that takes none, until it does."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.away = True

    def send(self, phone: str, text: str) -> None:
        if self.away:
            raise GatewayError("TimeoutError")
        self.sent.append((phone, text))


def test_a_lost_answer_is_given_again_and_no_second_message_sent(town: Town, asking: Request) -> None:
    before, answers = count(town, DemoMessage), [asking.send(town) for _ in range(2)]
    assert [(answer.status_code, replayed(answer)) for answer in answers] == [(202, False), (202, True)]
    assert answers[0].json == answers[1].json == {"expires_in": 300, "retry_after": 60}
    assert count(town, DemoMessage) == before + 1
    for key in (OTHER_KEY, None):
        assert code_of(asking.send(town, key)) == (429, "sms_too_soon")


def test_a_nervous_thumb_gets_one_message_and_the_same_answer_each_time(town: Town, asking: Request) -> None:
    before = count(town, DemoMessage)
    answers = many(town, asking.path, asking.body, asking.token)
    assert {answer.status_code for answer in answers} == {202}
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert count(town, DemoMessage) == before + 1


def test_a_message_that_could_not_be_sent_is_not_said_to_have_been(town: Town, asking: Request) -> None:
    """It is refused, and its key forgotten: a minute later the same request sends one."""
    parts: Parts = town.app.extensions[EXTENSION]
    provider = SilentProvider()
    object.__setattr__(parts, "sms", provider)
    before = count(town, IdempotencyRecord)
    assert code_of(asking.send(town)) == (503, "sms_unavailable")
    assert count(town, IdempotencyRecord) == before
    provider.away = False
    town.clock.forward(minutes=1)
    answer = asking.send(town)
    assert (answer.status_code, replayed(answer), len(provider.sent)) == (202, False, 1)


def test_a_holder_s_key_is_not_another_s(town: Town) -> None:
    """Two holders whose apps chose the same key are sent a code each."""
    before = count(town, DemoMessage)
    first, second = _step_up(town), _step_up(town)
    assert [replayed(each.send(town)) for each in (first, second)] == [False, False]
    assert count(town, DemoMessage) == before + 4  # and one each to sign in
