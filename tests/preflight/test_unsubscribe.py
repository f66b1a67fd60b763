"""The unsubscribe link, clicked at a server over HTTPS that has each fault in turn."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import threading
import wsgiref.simple_server

import attrs
import dns.rcode
import pytest

from net.peer import authority
from safesend.clock import SYSTEM
from safesend.integrations.unsubscribe import UnsubscribeWsgi
from safesend.message.address import Address
from safesend.message.unsubscribe import UnsubscribeKey
from safesend.net.resolver import Resolver
from safesend.preflight import Grade, Question
from safesend.preflight.unsubscribe import check_unsubscribe
from safesend.preflight.unsubscribe_answers import MADE_UP
from safesend.suppression import SuppressionList
from safesend.testing import FakeClock
from servers.dns import Zone, run_dns

HOST, POST, GET = "leave.test", "One-click POST", "Page of the link"


@attrs.define
class Web:
    """How a web server answers, and what it was asked."""

    post: int = 200
    get: int = 200
    location: str = ""
    cookie: bool = False
    delay: float = 0.0
    asked: list = attrs.field(factory=list)
    clock: FakeClock = attrs.field(factory=lambda: FakeClock(jumps=False))


@contextlib.contextmanager
def serving(web, context=None):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["Content-Length"])
            web.asked.append((self.path, self.rfile.read(size), dict(self.headers)))
            web.clock.advance(web.delay)
            self.reply(web.post)

        def do_GET(self):
            self.reply(web.get)

        def reply(self, status):
            self.send_response(status)
            if web.location and 300 <= status < 400:
                self.send_header("Location", web.location)
            if web.cookie and self.command == "POST":
                self.send_header("Set-Cookie", "session=1")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = context or authority().server(HOST)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as port:
        yield port


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def mounted(application):
    """A WSGI application, served over HTTPS by the standard library."""
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, application, handler_class=Quiet
    )
    context = authority().server(HOST)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as port:
        yield port


@contextlib.contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def looked(link, zones=None, clock=SYSTEM):
    """What is found of a link, with a nameserver that knows the host."""
    question = Question(sender="example.org", envelope="example.org", unsubscribe=link)

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10)
        context = authority().client()
        return await check_unsubscribe(question, resolver, context=context, clock=clock)

    with run_dns({HOST: Zone(a=("127.0.0.1",))} if zones is None else zones) as server:
        return asyncio.run(main(server.port))


def clicked(web, context=None, path="/leave/{token}"):
    with serving(web, context) as port:
        return looked(f"https://{HOST}:{port}{path}", clock=web.clock)


def grades(found):
    return {one.what: one.grade for one in found}


def test_a_link_in_order():
    """It is posted to as Gmail does, without a cookie, with a token of nobody."""
    web = Web()
    found = clicked(web)
    [(path, body, headers)] = web.asked

    assert grades(found) == {POST: Grade.PASS, GET: Grade.PASS}
    assert path == f"/leave/{MADE_UP}"
    assert body == b"List-Unsubscribe=One-Click"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Host"].startswith(f"{HOST}:")
    assert "Cookie" not in headers
    assert "cannot be seen" in found[1].reason


def test_a_token_in_the_query():
    """It goes where the link has it."""
    web = Web(post=202)

    assert grades(clicked(web, path="?t={token}"))[POST] is Grade.PASS
    assert web.asked[0][0] == f"/?t={MADE_UP}"


def test_our_own_page_is_in_order(tmp_path):
    """It answers such a token like any other, and nobody is put on the list."""
    path = tmp_path / "suppressed.db"
    with SuppressionList(path):
        pass
    with mounted(UnsubscribeWsgi(path)) as port:
        link = f"https://{HOST}:{port}/leave/{{token}}"
        found = looked(link, clock=FakeClock(jumps=False))

    assert grades(found) == {POST: Grade.PASS, GET: Grade.PASS}
    assert "200" in found[0].seen[0]
    with SuppressionList(path) as listed:
        assert listed.counts() == {}


def test_the_token_is_nobodys():
    """It has the shape of a real one, and no key opens it."""
    key = UnsubscribeKey(b"k" * 32)
    token = key.token(Address.parse("ada@example.org"), "news")

    assert key.open(token) is not None
    assert key.open(MADE_UP) is None
    assert [len(part) > 40 for part in MADE_UP.split(".")] == [
        len(part) > 40 for part in token.split(".")
    ]


@pytest.mark.parametrize(
    ("fault", "what", "grade", "words"),
    [
        ({"post": 302, "location": "/x"}, POST, Grade.FAIL, "redirect"),
        ({"post": 404}, POST, Grade.FAIL, "nothing at this path"),
        ({"post": 405}, POST, Grade.FAIL, "does not take POST"),
        ({"post": 401}, POST, Grade.FAIL, "login"),
        ({"post": 403}, POST, Grade.FAIL, "csrf_exempt"),
        ({"post": 429}, POST, Grade.FAIL, "no more requests"),
        ({"post": 400}, POST, Grade.FAIL, "answers 400"),
        ({"post": 503}, POST, Grade.FAIL, "fails (503)"),
        ({"cookie": True}, POST, Grade.WARN, "cookie"),
        ({"delay": 1.1}, POST, Grade.WARN, "longer than a second"),
        ({"get": 404}, GET, Grade.FAIL, "sees an error (404)"),
        (
            {"get": 302, "location": "https://other.test/"},
            GET,
            Grade.WARN,
            "other.test",
        ),
    ],
)
def test_a_fault_of_the_program(fault, what, grade, words):
    """Told by itself, with what to do; mended, all is well."""
    found = clicked(Web(**fault))
    [told] = [one for one in found if one.grade is not Grade.PASS]

    assert (told.what, told.grade) == (what, grade)
    assert words in told.reason
    assert told.publish
    assert told.seen[0][:3].isdigit()


def test_a_page_may_send_one_on_at_its_own_host():
    """As from one path to another; a reader's browser goes there."""
    for location in ("/other", f"https://{HOST.upper()}/other"):
        found = clicked(Web(get=302, location=location))
        assert grades(found)[GET] is Grade.PASS


@pytest.mark.parametrize(
    ("context", "words"),
    [
        (lambda: authority().server("other.test"), "other names"),
        (lambda: authority().server(HOST, expired=True), "expired"),
    ],
)
def test_a_certificate_that_is_not_in_order(context, words):
    """It is said what is wrong with it."""
    [found] = clicked(Web(), context())

    assert found.grade is Grade.FAIL
    assert words in found.reason


def test_nobody_there():
    """No address, no server: readers cannot get off. Silence is unknown."""
    link = f"https://{HOST}:9/{{token}}"
    assert looked(link)[0].reason == "the host of the link does not answer"
    [gone] = looked(link, {})
    assert gone.grade is Grade.FAIL
    assert "has no address" in gone.reason
    [silent] = looked(link, {HOST: Zone(rcode=dns.rcode.SERVFAIL)})
    assert silent.grade is Grade.UNKNOWN


def test_a_link_that_is_none():
    """Not over TLS, or not there at all."""
    [plain] = looked("http://leave.test/{token}")
    assert plain.grade is Grade.FAIL
    assert "https://leave.test/{token}" in plain.publish
    [none] = looked(None)
    assert none.grade is Grade.WARN
