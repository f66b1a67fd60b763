"""net/answering.py: an orchestrator asks, and gets a word of JSON."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket

import pytest

from safesend.errors import ConfigurationError
from safesend.net.answering import answering

ANSWERS = {
    "/well": lambda: (True, {"well": True}),
    "/ill": lambda: (False, {"well": False}),
}


def asked(port, path, method="GET", host="127.0.0.1"):
    """The code, the type and the body of an answer."""
    line = http.client.HTTPConnection(host, port, timeout=60)
    try:
        line.request(method, path)
        answer = line.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        line.close()


@pytest.mark.parametrize(
    ("path", "code"), [("/well", 200), ("/well?x=1", 200), ("/ill", 503), ("/", 404)]
)
def test_a_code_says_it_and_a_body_too(path, code):
    """Both of them, for those who read only one."""
    with answering("127.0.0.1", 0, ANSWERS) as port:
        told, kind, body = asked(port, path)
    assert (told, kind) == (code, "application/json")
    expected = {"paths": ["/ill", "/well"]} if code == 404 else {"well": code == 200}
    assert json.loads(body) == expected


def test_a_head_has_no_body():
    """And the same code."""
    with answering("127.0.0.1", 0, ANSWERS) as port:
        assert asked(port, "/ill", "HEAD") == (503, "application/json", b"")


def test_it_listens_on_the_host_that_is_named(capfd):
    """That of IPv6 too; and it prints nothing."""
    with answering("::1", 0, ANSWERS) as port:
        assert asked(port, "/well", host="::1")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_told():
    """Before anything begins."""
    with (
        answering("127.0.0.1", 0, ANSWERS) as port,
        pytest.raises(ConfigurationError, match=str(port)),
        answering("127.0.0.1", port, ANSWERS),
    ):
        pass


@pytest.mark.parametrize("place", [("a..b", 1), ("127.0.0.1", 70000)])
def test_a_place_that_is_none_is_told(place):
    """In a sentence, too."""
    with pytest.raises(ConfigurationError, match=str(place[1])):
        answering(*place, ANSWERS).__enter__()


def test_no_name_is_asked_for(monkeypatch):
    """DNS may be slow or away where a worker starts, and nobody needs a name."""
    asked_for = []
    monkeypatch.setattr(socket, "getfqdn", asked_for.append)
    with answering("0.0.0.0", 0, ANSWERS) as port:
        assert asked(port, "/well")[0] == 200
    assert asked_for == []


@pytest.mark.parametrize("said", [b"GET /well HTTP/1.1\r\n\r\n", b"GET /well HT"])
def test_who_hangs_up_early_leaves_no_trace(said, capfd):
    """A port scan fills no log."""
    with answering("127.0.0.1", 0, ANSWERS) as port:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as line:
                at_once = b"\1\0\0\0\0\0\0\0"
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                line.sendall(said)
        assert asked(port, "/well")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_who_is_slow_holds_up_nobody_for_long():
    """However many they are: the rest is hung up on, and they are, after a while."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(answering("127.0.0.1", 0, ANSWERS, patience=2.0))
        place = ("127.0.0.1", port)
        lines = [
            stack.enter_context(socket.create_connection(place)) for _ in range(80)
        ]
        for line in lines:
            line.settimeout(60)
            with contextlib.suppress(OSError):
                assert line.recv(1) == b""
        assert asked(port, "/well")[0] == 200


def test_it_is_over_when_it_is_over():
    """Nobody answers any more."""
    with answering("127.0.0.1", 0, ANSWERS) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        asked(port, "/well")
