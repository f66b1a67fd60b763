"""net/answering.py: an orchestrator asks, and gets a word of JSON."""

from __future__ import annotations

import http.client
import json

import pytest

from safesend.errors import ConfigurationError
from safesend.net.answering import answering

ANSWERS = {
    "/well": lambda: (True, {"well": True}),
    "/ill": lambda: (False, {"well": False}),
}


def asked(port, path, method="GET", host="127.0.0.1"):
    """The code, the type and the body of an answer."""
    line = http.client.HTTPConnection(host, port, timeout=10)
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


def test_it_is_over_when_it_is_over():
    """Nobody answers any more."""
    with answering("127.0.0.1", 0, ANSWERS) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        asked(port, "/well")
