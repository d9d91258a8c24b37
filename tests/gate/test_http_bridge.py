"""The localhost bridge against callers that are honest, clumsy and hostile."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signing import Policy
from signing.gate.addresses import Address
from signing.gate.disclosure import reveal
from signing.gate.health import Health
from signing.gate.http_bridge import MAX_BODY, HttpBridge, Services
from signing.gate.keeper import Keeper
from tests.gate.parts import Bench
from tests.gate.processes import ask
from tests.vectors import city
from tests.waiting import wait_for

PAGE = "https://his.example"
LOCAL = Address("127.0.0.1", 0)


@contextmanager
def a_bridge(bench: Bench, address: Address = LOCAL, *, reveals_to_all: bool = False) -> Iterator[int]:
    keeper = Keeper(bench.folder, None, bench.clock, print, print)
    readers: list[HttpBridge] = []
    health = Health(bench.desk, keeper, bench.replay, bench.log, readers, bench.sectors, lambda: "never")
    services = Services(
        lambda text, source, challenge: bench.desk.judge(text, source, challenge=challenge),
        lambda answer: reveal(answer, bench.sectors),
        bench.desk.hand_out_challenge,
        health.facts,
        health.metrics,
    )
    bridge = HttpBridge(address, services, origins=frozenset({PAGE}), reveals_to_all=reveals_to_all)
    stop = threading.Event()
    readers.append(bridge)
    thread = threading.Thread(target=bridge.run, args=(stop,))
    thread.start()
    try:
        yield bridge.address.port
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def port(bench: Bench) -> Iterator[int]:
    with a_bridge(bench) as port:
        yield port


def test_text_and_json_get_the_same_verdict(port: int) -> None:
    as_text = ask(port, "POST", "/verify", city.a_code().encode(), {"Content-Type": "text/plain; charset=utf-8"})
    body = json.dumps({"text": city.a_code()}).encode()
    as_json = ask(port, "POST", "/verify", body, {"Content-Type": "application/json"})
    assert as_text[0] == as_json[0] == 200
    assert (as_text[1]["code"], as_json[1]["code"]) == ("ok", "double_read")
    assert as_text[1]["claims"]["token_id"] == city.some_claims().token_id.hex()


def test_a_body_of_no_type_is_text(port: int) -> None:
    assert ask(port, "POST", "/verify", b"35")[1]["code"] == "not_a_code"


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Host": "evil.example"}, (421, "host_not_allowed")),
        ({"Host": "127.0.0.1"}, (421, "host_not_allowed")),
        ({"Host": "127.0.0.1.evil.example:80"}, (421, "host_not_allowed")),
        ({"Origin": "https://evil.example"}, (403, "origin_not_allowed")),
        ({"Origin": "null"}, (403, "origin_not_allowed")),
        ({"Origin": "https://his.example.evil.example"}, (403, "origin_not_allowed")),
        ({"Sec-Fetch-Site": "cross-site"}, (403, "origin_not_allowed")),
        ({"Content-Type": "application/x-www-form-urlencoded"}, (415, "media_type_not_known")),
        ({"Content-Type": "multipart/form-data; boundary=x"}, (415, "media_type_not_known")),
    ],
    ids=str,
)
def test_who_is_not_answered(port: int, headers: dict[str, str], refusal: tuple[int, str]) -> None:
    status, answer = ask(port, "POST", "/verify", city.a_code().encode(), headers)
    assert (status, answer) == (refusal[0], {"error": refusal[1]})
    assert ask(port, "POST", "/verify", city.a_code().encode())[1]["code"] == "ok", "the refused one was not judged"


def test_a_page_that_the_site_named_may_ask(port: int) -> None:
    headers = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
    assert ask(port, "POST", "/verify", city.a_code().encode(), headers)[1]["code"] == "ok"
    assert ask(port, "OPTIONS", "/verify", None, headers) == (204, "")
    assert ask(port, "OPTIONS", "/verify", None, {"Origin": "https://evil.example"})[0] == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"35", b"[]", b'{"text": 35}', b'{"text": "1", "text": "2"}', b'{"text": "1", "more": 1}', b'{"challenge": 1}',
     b'{"text": "1", "challenge": -1}', b'{"text": "1", "reveal": 1}',
     b'{"text": "1", "reveal": "true"}', b'{"text": "1", "challenge": true}', b"\xff", b"[" * 50_000],
    ids=repr,
)  # fmt: skip
def test_a_body_that_is_none(port: int, body: bytes) -> None:
    status, answer = ask(port, "POST", "/verify", body, {"Content-Type": "application/json"})
    assert (status, answer) == (400, {"error": "body_malformed"})


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST /verify HTTP/1.1\r\nHost: {host}\r\n\r\n", 411),
        (b"POST /verify HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n35", 411),
        (b"POST /verify HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /verify HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /verify HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n35", 421),
        (b"POST /verify HTTP/1.1\r\nContent-Length: 2\r\n\r\n35", 421),
        (b"GET /verify HTTP/1.1\r\nHost: {host}\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", 404),
        (b"GET /../etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n", 404),
        (b"DELETE /verify HTTP/1.1\r\nHost: {host}\r\n\r\n", 501),
        (b"GET " + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n", 431),
    ],
    ids=lambda value: repr(value[:50]) if isinstance(value, bytes) else str(value),
)
def test_requests_that_are_none(port: int, raw: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(raw.replace(b"{host}", b"127.0.0.1:%d" % port))
        answer = connection.recv(4096)
    assert (b" %d " % status) in answer.splitlines()[0], answer
    assert ask(port, "POST", "/verify", b"35")[0] == 200


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"", b"\r\n" * 100, b"GET /verify\r\n"]
)
def test_what_is_not_even_http_is_hung_up_on(port: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, connection.makefile("rb") as answer:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        assert b"admit" not in answer.read()
    assert ask(port, "POST", "/verify", b"35")[0] == 200


def test_the_longest_body_is_taken(port: int) -> None:
    assert ask(port, "POST", "/verify", b"3" * MAX_BODY)[1]["code"] == "too_long"


def test_who_drips_is_cut_and_holds_up_nobody(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
        slow.sendall(b"POST /verify HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 1000\r\n\r\n" % port)
        start = time.monotonic()
        with pytest.raises(OSError, match=r"Broken pipe|reset"):  # noqa: PT012 - when it is hung up on is the question
            while time.monotonic() - start < 40:
                slow.sendall(b"3")
                time.sleep(0.5)
                assert ask(port, "POST", "/verify", b"35")[0] == 200
    assert time.monotonic() - start < 25


def test_callers_who_were_refused_do_not_keep_the_port_from_the_next_start(bench: Bench) -> None:
    with a_bridge(bench) as port, socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        connection.sendall(b"GET /challenge HTTP/1.1\r\nHost: rebound.example\r\n\r\n")
        while connection.recv(4096):
            pass
    with a_bridge(bench, LOCAL._replace(port=port)) as again:
        assert ask(again, "GET", "/healthz")[0] in {200, 503}


def test_a_crowd_of_idle_callers_is_bounded(port: int) -> None:
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(100)]
    assert wait_for(lambda: _answers(port), seconds=30)
    for connection in crowd:
        connection.close()


def _answers(port: int) -> bool:
    try:
        return ask(port, "POST", "/verify", b"35")[0] == 200
    except (OSError, ValueError):
        return False


def test_a_challenge_of_ones_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Policy.from_json({"preset": "counter", "challenge": True}))
    with a_bridge(bench) as port:
        challenge = ask(port, "GET", "/challenge")[1]["challenge"]
        body = json.dumps({"text": city.a_device_code(challenge=challenge), "challenge": challenge}).encode()
        kinds = {"Content-Type": "application/json"}
        assert ask(port, "POST", "/verify", body, kinds)[1]["code"] == "ok"
        assert ask(port, "POST", "/verify", body, kinds)[1]["code"] == "challenge_wrong"


def test_no_challenge_where_none_is_asked(port: int) -> None:
    assert ask(port, "GET", "/challenge") == (404, {"error": "challenge_not_asked"})


def test_health_says_what_a_good_code_would_get(bench: Bench, port: int) -> None:
    status, facts = ask(port, "GET", "/healthz")
    assert (status, facts["status"], facts["unable"]) == (200, "ok", [])
    bench.clock.now += 2 * 86_400
    assert ask(port, "GET", "/healthz")[0] == 503
    assert ask(port, "GET", "/healthz")[1]["unable"] == ["list_stale"]
    bench.desk.trust = None
    assert ask(port, "GET", "/healthz")[1]["unable"] == ["no_trust"]


def test_metrics_count_verdicts(port: int) -> None:
    ask(port, "POST", "/verify", city.a_code().encode())
    ask(port, "POST", "/verify", b"35")
    _, text = ask(port, "GET", "/metrics")
    assert 'ecard_gate_verdicts_total{outcome="valid",code="ok"} 1\n' in text
    assert "# TYPE ecard_gate_verdicts_total counter\n" in text
    assert "ecard_gate_list_age_seconds 60\n" in text
    assert "ecard_gate_scans_waiting 2\n" in text
