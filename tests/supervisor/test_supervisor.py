"""The supervisor with real child processes: start, restart, giving up, stopping."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import psutil
import pytest

from ecard.supervisor import GaveUp, NotReady, Process, Supervisor, port_answers
from tests.supervisor.conftest import HASTY, Diary
from tests.waiting import is_alive, wait_for

Build = Callable[..., Process]


def test_starts_in_order_and_stops_in_reverse(a_program: Build, diary: Diary) -> None:
    with Supervisor([a_program("redis"), a_program("worker"), a_program("web")], patience=HASTY):
        pass
    assert diary.events() == [
        "redis started",
        "worker started",
        "web started",
        "web stopped",
        "worker stopped",
        "redis stopped",
    ]


def test_waits_until_a_program_is_ready_before_it_starts_the_next(a_program: Build, diary: Diary) -> None:
    answers = iter([False, False, True])
    slow = Process("redis", a_program("redis").argv, ready=lambda: not diary.pids("web") and next(answers))
    with Supervisor([slow, a_program("web")], patience=HASTY):
        assert diary.events() == ["redis started", "web started"]
        assert next(answers, None) is None


def test_a_killed_program_is_started_again_alone(a_program: Build, diary: Diary) -> None:
    with Supervisor([a_program("redis"), a_program("web")], patience=HASTY) as supervisor:
        before = supervisor.pids()
        os.kill(before["web"], signal.SIGKILL)
        wait_for(lambda: len(diary.pids("web")) == 2)
        after = supervisor.pids()
    assert after["web"] != before["web"]
    assert after["redis"] == before["redis"]


def test_a_restart_sweeps_up_the_children_of_the_dead() -> None:
    parent = Process("web", ["sh", "-c", "sleep 600 & wait"])
    with Supervisor([parent], patience=HASTY) as supervisor:
        leader = supervisor.pids()["web"]
        orphan = wait_for(lambda: psutil.Process(leader).children())[0].pid
        os.kill(leader, signal.SIGKILL)
        wait_for(lambda: not is_alive(orphan))


def test_gives_up_a_program_that_keeps_dying_and_stops_the_others(a_program: Build, diary: Diary) -> None:
    dying = Process("web", [sys.executable, "-c", "raise SystemExit(7)"], ready=lambda: False)
    with pytest.raises(GaveUp, match="web exited with status 7 3 times in a row"):
        Supervisor([a_program("redis"), dying], patience=HASTY).start()
    assert diary.events() == ["redis started", "redis stopped"]


def test_a_program_that_is_not_there_is_given_up_by_name(capfd: pytest.CaptureFixture[str]) -> None:
    absent = Process("redis", ["no-such-server"], ready=lambda: False)
    with pytest.raises(GaveUp, match="redis exited with status 127"):
        Supervisor([absent], patience=HASTY).start()
    assert "no-such-server cannot be run: No such file or directory" in capfd.readouterr().err


def test_a_program_that_never_becomes_ready_is_stopped(diary: Diary, a_program: Build) -> None:
    mute = Process("web", a_program("web").argv, ready=lambda: False)
    with pytest.raises(NotReady, match="web was not ready after 1 s"):
        Supervisor([mute], patience=replace(HASTY, ready=1)).start()
    assert diary.events() == ["web started", "web stopped"]


def test_a_deaf_program_is_killed_after_the_grace(a_program: Build, diary: Diary) -> None:
    with Supervisor([a_program("web", deaf=True)], patience=HASTY):
        began = monotonic()
    assert monotonic() - began >= HASTY.stop
    assert not is_alive(diary.pids("web")[0])


def test_a_fault_in_a_readiness_check_reaches_the_caller_and_leaves_nothing_running(
    a_program: Build, diary: Diary
) -> None:
    def broken() -> bool:
        raise ValueError("broken check")

    with pytest.raises(ValueError, match="broken check"):
        Supervisor([a_program("redis"), Process("web", a_program("web").argv, ready=broken)], patience=HASTY).start()
    assert "redis stopped" in diary.events()


def test_env_is_added_to_the_supervisors_own(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECARD_KEPT", "kept")
    program = Process(
        "web", ["sh", "-c", 'echo "$ECARD_KEPT and $ECARD_ADDED"; exec sleep 600'], env={"ECARD_ADDED": "added"}
    )
    words = ""
    with Supervisor([program], patience=HASTY):

        def said() -> bool:
            nonlocal words
            words += capfd.readouterr().out
            return "kept and added" in words

        wait_for(said)


def test_port_answers_tells_an_open_port_from_a_closed_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port_answers("127.0.0.1", port)()
    assert not port_answers("127.0.0.1", port)()
