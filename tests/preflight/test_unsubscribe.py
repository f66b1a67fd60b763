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

HOST, POST, GET = "leave.test", "One-click link", "Page of the link"
OPENING, MAILBOX = "Opening the link", "Mailbox to leave by"
WELL = {POST: Grade.PASS, GET: Grade.PASS, OPENING: Grade.SKIPPED}


@attrs.define
class Web:
    """How a web server answers, and what it was asked."""

    post: int = 200
    get: int = 200
    location: str = ""
    pages: frozenset = frozenset()
    cookie: bool = False
    delay: float = 0.0
    page: bytes = b'<form method="post"><button>Leave</button></form>'
    asked: list = attrs.field(factory=list)
    opened: list = attrs.field(factory=list)
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
            web.opened.append(self.path)
            self.reply(200 if self.path in web.pages else web.get)

        def reply(self, status):
            self.send_response(status)
            if web.location and 300 <= status < 400:
                self.send_header("Location", web.location)
            if web.cookie and self.command == "POST":
                self.send_header("Set-Cookie", "session=1")
            page = b"ok" if self.command == "POST" else web.page
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

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


def looked(link, zones=None, clock=SYSTEM, **more):
    """What is found of a link, with a nameserver that knows the host."""
    question = Question(
        sender="example.org", envelope="example.org", unsubscribe=link, **more
    )

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10)
        context = authority().client()
        return await check_unsubscribe(question, resolver, context=context, clock=clock)

    with run_dns({HOST: Zone(a=("127.0.0.1",))} if zones is None else zones) as server:
        return asyncio.run(main(server.port))


def clicked(web, context=None, path="/leave/{token}", **more):
    with serving(web, context) as port:
        return looked(f"https://{HOST}:{port}{path}", clock=web.clock, **more)


def grades(found):
    return {one.what: one.grade for one in found}


def test_a_link_in_order():
    """It is posted to as Gmail does, without a cookie, with a token of nobody."""
    web = Web()
    found = clicked(web)
    [(path, body, headers)] = web.asked

    assert grades(found) == WELL
    assert path == f"/leave/{MADE_UP}"
    assert body == b"List-Unsubscribe=One-Click"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Host"].startswith(f"{HOST}:")
    assert "Cookie" not in headers
    assert "was not looked at" in found[2].reason
    assert "you are still on the list" in found[2].publish


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

    assert grades(found) == WELL
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
            Grade.FAIL,
            "sent on elsewhere",
        ),
        ({"get": 301, "location": "/leave"}, GET, Grade.FAIL, "sent on elsewhere"),
        ({"page": b"You are off."}, GET, Grade.WARN, "neither a form"),
    ],
)
def test_a_fault_of_the_program(fault, what, grade, words):
    """Told by itself, with what to do; mended, all is well."""
    found = clicked(Web(**fault))
    [told] = [one for one in found if one.grade not in {Grade.PASS, Grade.SKIPPED}]

    assert (told.what, told.grade) == (what, grade)
    assert words in told.reason
    assert told.publish
    assert told.seen[0][:3].isdigit()


@pytest.mark.parametrize(
    "location", ["/sorry?of=you", "https://leave.test:{port}/sorry?of=you"]
)
def test_a_redirect_on_the_host_is_followed_once(location):
    """Many programs send on whoever comes with a token that they do not know."""
    web = Web(get=302, pages=frozenset({"/sorry?of=you"}))
    with serving(web) as port:
        web.location = location.format(port=port)
        link = f"https://{HOST}:{port}/leave/{{token}}"
        found = looked(link, clock=web.clock)

    assert grades(found) == {**WELL, GET: Grade.WARN}
    assert "with a made-up token" in found[1].reason
    assert web.opened == [f"/leave/{MADE_UP}", "/sorry?of=you"]


@pytest.mark.parametrize(
    "location",
    [
        "https://other.test/sorry",
        "http://leave.test/sorry",
        "https://leave.test:99999999/",
        "https://[x",
        "https://leave.test:9/",
        "/a page",
        "",
    ],
)
def test_a_redirect_away_is_not_followed(location):
    """It leads to another host, out of TLS, or nowhere."""
    web = Web(get=302, location=location)

    assert grades(clicked(web)) == {POST: Grade.PASS, GET: Grade.FAIL}
    assert web.opened == [f"/leave/{MADE_UP}"]


def test_a_link_without_the_second_header():
    """Nobody posts to it, so it is opened only."""
    web = Web()
    found = clicked(web, one_click=False)

    assert web.asked == []
    assert grades(found) == {**WELL, POST: Grade.WARN}
    assert "List-Unsubscribe-Post" in found[0].publish


@pytest.mark.parametrize(
    ("zone", "grade"),
    [
        (Zone(mx=((10, "mx.leave.test"),)), Grade.PASS),
        (Zone(mx=((0, ""),)), Grade.FAIL),
        (None, Grade.FAIL),
        (Zone(rcode=dns.rcode.SERVFAIL), Grade.UNKNOWN),
    ],
)
def test_a_mailbox_to_write_to(zone, grade):
    """Its domain has to take mail; a link for one click is advised all the same."""
    zones = {} if zone is None else {"leave.test": zone}
    link, mailbox = looked(None, zones, unsubscribe_mailbox="leave.test")

    assert (link.what, link.grade) == (POST, Grade.WARN)
    assert link.reason.startswith("the messages have no link")
    assert (mailbox.what, mailbox.grade) == (MAILBOX, grade)
    assert mailbox.about == "leave.test"
    assert bool(mailbox.publish) == (grade is not Grade.PASS)


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
    assert "Yahoo advises one, and takes mailto: too" in none.reason
