"""Lets thirty days pass: every verifier in its turn, every loss report until each has refused the card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from statistics import quantiles

from signing import WEEK, shard_of
from tests.simulation.followers import Listener, Verifier
from tests.simulation.issuer import Issuer, Loss

DAY, HOUR, MINUTE = 86_400, 3_600, 60
START = 2968 * WEEK
"""The simulation begins with a week."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a city, and for how long."""

    cards: int = 20_000_000
    losses_a_year: float = 0.02
    days: int = 30

    @property
    def end(self) -> int:
        """When it ends, in seconds since 1970."""
        return START + self.days * DAY


@dataclass(frozen=True, slots=True)
class Result:
    """What a verifier needed. Bytes a day; seconds until it refused a card that was reported lost, None where none was."""

    name: str
    joined: int
    bodies_a_day: float
    headers_a_day: float
    answers_a_day: float
    refusal_median: float | None
    refusal_p99: float | None


@dataclass(slots=True)
class Season:
    """All that happened: results a verifier, and the size to join at each visit of the newcomers."""

    results: list[Result]
    joins: list[tuple[int, int]]
    losses: int


def simulate(plan: Plan) -> Season:
    """Runs the plan; every bundle is compared with the truth at the end, and at each join."""
    issuer = Issuer(losses_a_year=plan.cards * plan.losses_a_year, start=START, end=plan.end)
    verifiers = _verifiers(issuer, plan)
    waiting = {id(verifier): _losses(issuer, verifier, plan) for verifier in verifiers}
    for at, number in merge(*map(_visits, range(len(verifiers)), verifiers)):
        verifier = verifiers[number]
        verifier.visit(issuer, at)
        _refuse(verifier, waiting[id(verifier)], at)
    for verifier in verifiers:
        _compare(verifier, issuer)
    return Season([_result(verifier, plan) for verifier in verifiers], _joins(issuer, plan), len(issuer.losses))


def _visits(number: int, verifier: Verifier) -> Iterator[tuple[int, int]]:
    for at in verifier.visits:
        yield at, number


def _verifiers(issuer: Issuer, plan: Plan) -> list[Verifier]:
    end = plan.end
    return [
        Verifier("a look each hour", iter(range(START + 1_111, end, HOUR))),
        Verifier("a look each minute", iter(range(START + 17, end, MINUTE))),
        Listener("on the stream", issuer.moments_of_manifests(START, end)),
        Verifier("each hour, no network at night", (at for at in range(START, end, HOUR) if 6 <= at // HOUR % 24 < 22)),
        Verifier("a look each week", iter(range(START, end, WEEK))),
    ]


def _losses(issuer: Issuer, verifier: Verifier, plan: Plan) -> list[Loss]:
    """The losses that this verifier has still to hear of, newest first, so that the oldest is at the end."""
    assert verifier.bundle is None
    return [loss for loss in reversed(issuer.losses) if START + DAY <= loss.at < plan.end - DAY]


def _refuse(verifier: Verifier, waiting: list[Loss], at: int) -> None:
    """Notes for each loss that is due how long it took, once the list says so: asked as a gate would ask."""
    bundle = verifier.bundle
    assert bundle is not None
    while waiting and waiting[-1].at <= at:
        loss = waiting.pop()
        shard = shard_of(at + MINUTE)
        index = loss.indices.get(shard)
        if index is not None:
            assert bundle.shards[shard].is_revoked(index)
            verifier.refusals.append(at - loss.at)


def _compare(verifier: Verifier, issuer: Issuer) -> None:
    bundle = verifier.bundle
    assert bundle is not None
    at = bundle.manifest.issued_at
    for number, shard in bundle.shards.items():
        assert shard.revoked == issuer.revoked(number, at), f"{verifier.name} knows another shard {number}"


def _result(verifier: Verifier, plan: Plan) -> Result:
    traffic = verifier.traffic
    cuts = quantiles(verifier.refusals, n=100) if len(verifier.refusals) > 1 else [None] * 99
    return Result(
        verifier.name,
        verifier.joined,
        (traffic.bodies - verifier.joined) / plan.days,
        traffic.headers / plan.days,
        traffic.answers / plan.days,
        cuts[49],
        cuts[98],
    )


def _joins(issuer: Issuer, plan: Plan) -> list[tuple[int, int]]:
    """Bytes of the bodies that somebody downloads who joins, each six hours."""
    return [(at - START, _join(issuer, at)) for at in _each(START, plan.end, 6 * HOUR)]


def _join(issuer: Issuer, at: int) -> int:
    newcomer = Verifier("a newcomer", iter(()))
    newcomer.visit(issuer, at)
    _compare(newcomer, issuer)
    return newcomer.joined


def _each(start: int, end: int, step: int) -> Iterator[int]:
    yield from range(start, end, step)
