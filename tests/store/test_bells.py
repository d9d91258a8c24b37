"""Bells say that something changed; a lost one delays, never loses, and a Redis that is away holds nobody up."""

from __future__ import annotations

from datetime import timedelta
from threading import Timer
from time import monotonic

from ecard.store.redis_link import Bells, connect

SOON = timedelta(milliseconds=50)


def test_everybody_hears_every_topic_rung_since_the_last_time(redis_url: str) -> None:
    ringer, first, second = (Bells(connect(redis_url)) for _ in range(3))
    for listener in (first, second):
        assert listener.wait(SOON) == set()
    ringer.ring({"status", "outbox"})
    ringer.ring({"session"})
    for listener in (first, second):
        assert listener.wait(SOON) == {"status", "outbox", "session"}
        assert listener.wait(SOON) == set()


def test_who_starts_to_listen_hears_only_what_comes(redis_url: str) -> None:
    bells = Bells(connect(redis_url))
    bells.ring({"status"})
    assert Bells(connect(redis_url)).wait(SOON) == set()


def test_a_ring_wakes_who_waits(redis_url: str) -> None:
    ringer, listener = Bells(connect(redis_url)), Bells(connect(redis_url))
    listener.wait(SOON)
    Timer(0.1, ringer.ring, [{"status"}]).start()
    began = monotonic()
    while not (heard := listener.wait(timedelta(seconds=1))):
        assert monotonic() - began < 5
    assert heard == {"status"}


def test_a_redis_that_lost_its_memory_is_heard_again(redis_url: str) -> None:
    redis = connect(redis_url)
    ringer, listener = Bells(connect(redis_url)), Bells(redis)
    ringer.ring({"status"})
    listener.wait(SOON)
    redis.flushall()
    ringer.ring({"session"})
    assert listener.wait(SOON) == {"session"}


def test_without_redis_nobody_rings_and_nobody_waits_longer_than_asked() -> None:
    bells = Bells(connect("unix:///nowhere/redis.sock"))
    bells.ring({"status"})
    began = monotonic()
    assert bells.wait(timedelta(seconds=1)) == set()
    assert monotonic() - began < 2
