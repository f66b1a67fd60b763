"""The page under servers that speak WSGI."""

from __future__ import annotations

import contextlib
import http.client
import io
import logging
import socket
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.validate import validator

import pytest
from werkzeug.serving import make_server as werkzeug_server

from integrations.unsubscribe.lists import FORM, URLENCODED
from safesend.integrations.unsubscribe import UnsubscribeWsgi
from safesend.integrations.unsubscribe.wsgi import taken_out

URL = "application/x-www-form-urlencoded"
ADA = "ada@example.org"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing of a request."""


@contextlib.contextmanager
def _served(app, kind):
    """A server in a thread, and its port."""
    if kind == "werkzeug":
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = werkzeug_server("127.0.0.1", 0, app, threaded=True)
    else:
        server = make_server("127.0.0.1", 0, app, WSGIServer, Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def app(listed):
    """The application, closed in the end."""
    with UnsubscribeWsgi(listed.path) as found:
        yield found


@pytest.fixture(params=["wsgiref", "werkzeug"])
def port(request, app):
    """Where it is served."""
    strict = validator(app) if request.param == "wsgiref" else app
    with _served(strict, request.param) as found:
        yield found


def _ask(port, method, path, body=None, **headers):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, 60)) as line:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, body, named)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()


def test_it_works_under_real_servers(port, listed):
    """It shows, it acts, and it says the same again."""
    path = f"/{listed.token(ADA)}"
    status, headers, shown = _ask(port, "GET", path)
    assert (status, headers["Referrer-Policy"]) == (200, "no-referrer")
    assert b"<button" in shown
    assert _ask(port, "HEAD", path)[::2] == (200, b"")
    assert _ask(port, "OPTIONS", path)[0] == 405
    assert not listed.has(ADA)
    first = _ask(port, "POST", path, URLENCODED, Content_Type=URL)
    assert (first[0], "Set-Cookie" in first[1], listed.has(ADA)) == (200, False, True)
    other = listed.token("bo@example.com")
    form = _ask(port, "POST", f"/?t={other}", FORM[1], Content_Type=FORM[0])
    assert (form[0], form[2], listed.number()) == (200, first[2], 2)


def test_odd_requests_are_answered(port, listed):
    """Never by an error of the server."""
    for path in "/%00%ff%2e%2e/", "//", "/" + "a" * 30_000, "/?t=%zz&t", "/%E2%82":
        assert _ask(port, "GET", path)[0] == 200
        assert _ask(port, "POST", path, URLENCODED, Content_Type=URL)[0] == 200
    assert (
        _ask(port, "POST", "/x", b"\xff\0", Content_Type="multipart/form-data")[0]
        == 400
    )
    assert _ask(port, "POST", "/x", b"", Content_Type=URL)[0] == 400
    assert listed.number() == 0


def test_megabytes_are_refused_without_being_read(port):
    """By what they announce: nobody sends them."""
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.sendall(
            b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
            b"Content-Length: 99000000\r\n\r\n"
        )
        assert b" 413 " in line.recv(100)


def test_a_body_in_chunks_is_read_where_the_server_says_where_it_ends(app, listed):
    """And no further than the limit."""
    token = listed.token(ADA)
    with _served(app, "werkzeug") as port:
        chunks = iter([URLENCODED[:9], URLENCODED[9:]])
        assert _ask(port, "POST", f"/{token}", chunks, Content_Type=URL)[0] == 200
        assert listed.has(ADA)
        many = (b"x" * 4096 for _ in range(5))
        assert _ask(port, "POST", f"/{token}", many, Content_Type=URL)[0] == 413


class Line:
    """What a server hands to an application as the body, as broken as can be."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)

    def read(self, _most):
        """A piece, however short, or the error."""
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece


def _called(app, **environ):
    """The status of a request that no server makes."""
    told = []
    asked = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(URLENCODED)),
        "wsgi.input": io.BytesIO(URLENCODED),
        **environ,
    }
    (body,) = app(asked, lambda status, headers: told.append((status, headers)))
    ((status, headers),) = told
    assert dict(headers)["Content-Length"] == str(len(body))
    return status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (Line(URLENCODED[:5], URLENCODED[5:]), "200 OK"),
        (Line(URLENCODED[:5]), "400 Bad Request"),
        (Line(URLENCODED[:5], ConnectionResetError()), "400 Bad Request"),
        (Line(ValueError("as some server says it")), "400 Bad Request"),
    ],
)
def test_a_body_that_breaks_off_asks_for_nothing(app, listed, body, status):
    """What arrives in pieces is put together."""
    path = f"/{listed.token(ADA)}"
    assert _called(app, PATH_INFO=path, **{"wsgi.input": body}) == status
    assert listed.has(ADA) is (status == "200 OK")


def test_a_body_without_a_length_is_none(app):
    """A server that does not say where it ends would wait for ever."""
    assert _called(app, CONTENT_LENGTH="") == "400 Bad Request"
    assert _called(app, CONTENT_LENGTH="x") == "400 Bad Request"
    ended = {"wsgi.input_terminated": True}
    assert _called(app, CONTENT_LENGTH="", **ended) == "200 OK"


def test_the_token_is_taken_out_of_what_is_logged_afterwards(listed):
    """Servers and frameworks write their line from the same mapping."""
    token = listed.token(ADA)
    environ = {
        "SCRIPT_NAME": "/leave",
        "PATH_INFO": f"/{token}",
        "QUERY_STRING": f"t={token}",
        "RAW_URI": f"/leave/{token}?t={token}",
        "REQUEST_URI": f"/leave/{token.replace('.', '%2E')}",
        "HTTP_X_ORIGINAL_URL": f"https://example.org/leave/{token}",
        "HTTP_COOKIE": "session=v1.of-something-else",
    }
    assert taken_out(environ) == token
    assert environ["RAW_URI"] == environ["REQUEST_URI"] == "/leave/TOKEN?t=TOKEN"
    assert not any(token[3:] in value for value in environ.values())
    assert environ["HTTP_COOKIE"] == "session=v1.of-something-else"
    assert taken_out({}) == ""
