"""The page under servers that speak ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import sqlite3
import ssl
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from integrations.unsubscribe.lists import FORM, URLENCODED, in_a_fork
from safesend.integrations.unsubscribe import UnsubscribeAsgi
from safesend.integrations.unsubscribe.request import LONGEST
from servers.certificates import Certificates

URL = "application/x-www-form-urlencoded"
ADA = "ada@example.org"


@contextlib.contextmanager
def _served(app, **options):
    """A uvicorn in a thread, and its port."""
    config = uvicorn.Config(app, port=0, loop="asyncio", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not (server.started and server.servers):
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def app(listed):
    """The application, closed in the end."""
    with UnsubscribeAsgi(listed.path) as found:
        yield found


def _ask(port, method, path, body=None, context=None, **headers):
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    options = {"context": context} if context else {}
    with contextlib.closing(kind("localhost", port, timeout=60, **options)) as line:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, body, named)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()


def test_it_works_over_https(listed, tmp_path, caplog):
    """As mail providers ask: the link is an https one, and no log has its token."""
    files = Certificates.make(tmp_path / "certificates")
    trust = ssl.create_default_context(cafile=str(files.ca))
    tokens = [listed.token(f"p{n}@example.org") for n in range(2)]
    path = f"/{tokens[0]}"
    app = UnsubscribeAsgi(listed.path)
    caplog.set_level("INFO")
    with _served(
        app, ssl_certfile=str(files.good), host="localhost", log_config=None
    ) as port:
        status, headers, shown = _ask(port, "GET", path, context=trust)
        assert (status, headers["Cache-Control"]) == (200, "no-store")
        assert b"<button" in shown
        assert _ask(port, "HEAD", path, context=trust)[::2] == (200, b"")
        assert _ask(port, "DELETE", path, context=trust)[0] == 405
        assert listed.number() == 0
        first = _ask(port, "POST", path, URLENCODED, trust, Content_Type=URL)
        again = _ask(
            port, "POST", f"/?t={tokens[1]}", FORM[1], trust, Content_Type=FORM[0]
        )
    assert (first[0], again[0], first[2]) == (200, 200, again[2])
    assert "Set-Cookie" not in first[1]
    assert listed.number() == 2
    assert "/TOKEN" in caplog.text
    assert "t=TOKEN" in caplog.text
    assert not any(token[3:40] in caplog.text for token in tokens)


def test_odd_requests_are_answered(app, listed):
    """Never by an error of the server, and never to the end of a long body."""
    with _served(app, log_level="critical") as port:
        for path in "/%00%ff%2e%2e/", "//", "/" + "a" * 30_000, "/?t=%zz&t":
            assert _ask(port, "GET", path)[0] == 200
            assert _ask(port, "POST", path, URLENCODED, Content_Type=URL)[0] == 200
        assert _ask(port, "POST", "/x", b"\xff\0", Content_Type=FORM[0])[0] == 400
        chunks = iter([URLENCODED[:9], URLENCODED[9:]])
        path = f"/{listed.token(ADA)}"
        assert _ask(port, "POST", path, chunks, Content_Type=URL)[0] == 200
        many = (b"x" * 4096 for _ in range(5))
        assert _ask(port, "POST", path, many, Content_Type=URL)[0] == 413
        long = {"Content_Length": "99000000"}
        assert _ask(port, "POST", path, b"", Content_Type=URL, **long)[0] == 413
    assert listed.number() == 1


class Wire:
    """What a server says to an application, and hears."""

    def __init__(self, *events):
        self.events = list(events)
        self.heard = []

    async def receive(self):
        """The next event; the last one is followed by silence."""
        if not self.events:
            await asyncio.sleep(60)
        return self.events.pop(0)

    async def send(self, event):
        """Note what the application says."""
        self.heard.append(event)

    async def call(self, app, **scope):
        """One request, or one life."""
        whole = {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "headers": [(b"Content-Type", URL.encode())],
            "client": None,
            **scope,
        }
        await app(whole, self.receive, self.send)
        return [event.get("status") or event["type"] for event in self.heard]


def _called(app, *events, **scope):
    return asyncio.run(Wire(*events).call(app, **scope))


def _part(body, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def test_a_body_comes_in_parts(app, listed):
    """As small as they like; where it breaks off nothing is asked and nothing said."""
    path = f"/{listed.token(ADA)}"
    parts = [_part(URLENCODED[:7]), {"type": "http.request", "more_body": True}]
    assert _called(app, *parts, GONE, path=path) == []
    assert listed.number() == 0
    found = _called(app, *parts, _part(URLENCODED[7:], more=False), path=path)
    assert found == [200, "http.response.body"]
    assert listed.number() == 1


def test_a_body_without_end_is_not_read_to_its_end(app):
    """An octet above the limit is enough."""
    parts = [_part(b"x" * 1024)] * 100
    wire = Wire(*parts)
    assert asyncio.run(wire.call(app))[0] == 413
    assert len(wire.events) == 100 - LONGEST // 1024 - 1


def test_a_body_that_does_not_come_is_not_waited_for(app):
    """The connection would be held for as long as somebody likes."""
    app.patience = 0.1
    assert _called(app, _part(b"L"))[0] == 408


def test_it_lives_as_long_as_its_server(app, listed):
    """On its own it lets go of the list when the server ends."""
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert _called(app, *events, type="lifespan") == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert _called(app, type="websocket") == ["websocket.close"]
    assert _called(app, type="something new") == []


def test_the_event_loop_goes_on_while_the_list_is_written(app, listed):
    """However long another process holds it."""
    tokens = [listed.token(f"p{n}@example.org") for n in range(3)]
    other = sqlite3.connect(listed.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def several():
        wires = [Wire(_part(URLENCODED, more=False)) for _ in tokens]
        calls = [
            asyncio.create_task(wire.call(app, path=f"/{token}"))
            for wire, token in zip(wires, tokens, strict=True)
        ]
        turns = 0
        for _ in range(20):
            await asyncio.sleep(0.01)
            turns += 1
        shown = await Wire().call(app, method="GET")
        waiting = [call.done() for call in calls]
        other.execute("ROLLBACK")
        return (
            turns,
            shown[0],
            waiting,
            [found[0] for found in await asyncio.gather(*calls)],
        )

    assert asyncio.run(several()) == (20, 200, [False] * 3, [200] * 3)
    other.close()
    assert listed.number() == 3


def test_no_more_wait_in_line_than_can_be_served(app, listed):
    """Others are told to come back, and are not told that it worked."""
    token = listed.token(ADA)
    other = sqlite3.connect(listed.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def crowd():
        wires = [Wire(_part(URLENCODED, more=False)) for _ in range(260)]
        calls = [
            asyncio.create_task(wire.call(app, path=f"/{token}")) for wire in wires
        ]
        await asyncio.sleep(0.5)
        turned_away = [call.result()[0] for call in calls if call.done()]
        other.execute("ROLLBACK")
        return turned_away, [found[0] for found in await asyncio.gather(*calls)]

    turned_away, answers = asyncio.run(crowd())
    other.close()
    assert turned_away == [503] * 4
    assert answers.count(200) == 256
    assert listed.has(ADA)


def test_nobody_waits_for_ever_where_on_leave_hangs(listed):
    """They are told to come back; whoever was told of is on the list."""
    hangs = threading.Event()
    app = UnsubscribeAsgi(listed.path, on_leave=lambda _leave: hangs.wait(60))
    app.endurance = 2.0

    async def crowd():
        wires = [Wire(_part(URLENCODED, more=False)) for _ in range(6)]
        calls = [
            wire.call(app, path=f"/{listed.token(f'p{n}@example.org')}")
            for n, wire in enumerate(wires)
        ]
        try:
            return [found[0] for found in await asyncio.gather(*calls)]
        finally:
            hangs.set()

    assert asyncio.run(crowd()) == [503] * 6
    assert listed.number() == 4
    later = _called(app, _part(URLENCODED, more=False), path=f"/{listed.token(ADA)}")
    assert later[0] == 200
    app.close()
    assert listed.number() == 5


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_child_of_a_fork_has_threads_of_its_own(app, listed):
    """Servers load a program once and fork."""
    first, second = (listed.token(f"p{n}@example.org") for n in range(2))
    body = _part(URLENCODED, more=False)
    assert _called(app, body, path=f"/{first}")[0] == 200

    def in_child():
        said = _called(app, body, path=f"/{second}")[0]
        app.close()
        return said == 200

    assert in_a_fork(in_child)
    assert listed.number() == 2


def test_no_framework_is_imported():
    """The applications need neither Flask nor Starlette nor Django."""
    code = "import sys, safesend.integrations.unsubscribe; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"flask", "werkzeug", "starlette", "django", "uvicorn"}
