"""However a supervisor ends, its programs end with it: each test runs one in a process of its own and ends that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from ecard.supervisor import Process
from tests.supervisor.conftest import Diary
from tests.waiting import is_alive, wait_for

_CITY = """
import json, logging, sys
from ecard.supervisor import Patience, Process, Supervisor
programs = [Process(name, argv) for name, argv in json.loads(sys.argv[1])]
Supervisor(programs, patience=Patience(stop=float(sys.argv[2]))).run(on_ready=lambda: print("ready", flush=True))
"""

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run_city() -> Iterator[Run]:
    """Runs a supervisor in a process of its own, until the test's end at the latest."""
    running: list[subprocess.Popen[str]] = []

    def run(*programs: Process, stop: float = 10) -> subprocess.Popen[str]:
        listing = json.dumps([(program.name, list(program.argv)) for program in programs])
        city = subprocess.Popen([sys.executable, "-c", _CITY, listing, str(stop)], stdout=subprocess.PIPE, text=True)
        running.append(city)
        assert city.stdout is not None
        assert city.stdout.readline() == "ready\n"
        return city

    yield run
    for city in running:
        city.kill()
        city.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_every_program_in_reverse(
    number: signal.Signals, run_city: Run, a_program: Callable[..., Process], diary: Diary
) -> None:
    city = run_city(a_program("redis"), a_program("web"))
    wait_for(lambda: len(diary.events()) == 2)
    city.send_signal(number)
    assert city.wait(10) == 0
    assert diary.events()[2:] == ["web stopped", "redis stopped"]


def test_the_second_ctrl_c_does_not_wait(run_city: Run, a_program: Callable[..., Process], diary: Diary) -> None:
    city = run_city(a_program("web", deaf=True), stop=600)
    [web] = wait_for(lambda: diary.pids("web"))
    city.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        city.wait(0.5)
    city.send_signal(signal.SIGINT)
    assert city.wait(10) == 0
    assert not is_alive(web)


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel tells children of their parent's death")
def test_the_programs_of_a_killed_supervisor_end(
    run_city: Run, a_program: Callable[..., Process], diary: Diary
) -> None:
    city = run_city(a_program("redis"), a_program("web"))
    pids = wait_for(lambda: diary.pids("redis") and diary.pids("web") and diary.pids("redis") + diary.pids("web"))
    os.kill(city.pid, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel tells children of their parent's death")
def test_a_program_that_was_started_again_still_ends_with_a_killed_supervisor(
    run_city: Run, a_program: Callable[..., Process], diary: Diary
) -> None:
    city = run_city(a_program("web"))
    [first] = wait_for(lambda: diary.pids("web"))
    os.kill(first, signal.SIGKILL)
    second = wait_for(lambda: diary.pids("web")[1:])[0]
    os.kill(city.pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(second))
