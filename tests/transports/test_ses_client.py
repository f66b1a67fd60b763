"""How far a call came, seen against a server that does whatever goes wrong."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trustme

from safesend.errors import ConfigurationError, TransportError
from safesend.transports.ses_client import (
    ClientSettings,
    SesClient,
    _Wire,
    make_client,
)
from safesend.transports.ses_replies import Trouble
from servers.process import free_port
from servers.ses import REGION, Answer, Recorder, waiting

pytestmark = pytest.mark.usefixtures("aws")

LARGE = 400_000


MADE: list[Callable[[], None]] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while MADE:
        MADE.pop()()


def client(url: str, timeout: float = 30.0) -> SesClient:
    """One whose connections end with the test."""
    made = make_client(ClientSettings(REGION, url, None, timeout))
    MADE.append(made.hold())
    return made


def request(size: int = 100) -> dict[str, Any]:
    return {
        "Destination": {"ToAddresses": ["ada@example.org"]},
        "Content": {"Raw": {"Data": b"Subject: x\r\n\r\n" + b"y" * size}},
        "EmailTags": [
            {"Name": "safesend", "Value": "x"},
            {"Name": "safesend-attempt", "Value": "y"},
        ],
    }


def sent(act: Answer, *, timeout: float = 30.0, size: int = 100) -> Trouble:
    """What comes of a call to which a server does this; it is made once."""
    with Recorder(script=[act]) as server:
        found = client(server.url, timeout).send(request(size))
        assert len(server.calls) == 1
        assert server.connections == 1
    assert isinstance(found, Trouble)
    return found


def answering(status: int, body: bytes, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.answer(status, body, named or None)


def saying(octets: bytes) -> Answer:
    def act(handler: Any, _: bytes) -> None:
        handler.wfile.write(octets)
        handler.hang_up()

    return act


def test_an_answer_is_the_id() -> None:
    """The octets came as they were, to one address."""
    with Recorder() as server:
        assert client(server.url).send(request()) == "id-1"
        [call] = server.calls
    assert call.addresses == ["ada@example.org"]
    assert call.octets == request()["Content"]["Raw"]["Data"]


@pytest.mark.parametrize("size", [100, LARGE])
@pytest.mark.parametrize("hard", [False, True])
def test_a_line_that_is_cut_after_the_end(size: int, hard: bool) -> None:
    """The server has it all, and says nothing: a doubt, and no second call."""
    found = sent(lambda handler, _: handler.hang_up(hard=hard), size=size)
    assert (found.status, found.ended) == (None, True)


def test_a_server_that_stalls() -> None:
    """After the time-out it is a doubt; boto3 would have sent it again."""
    found = sent(waiting(5.0), timeout=1.5)
    assert (found.name, found.status, found.ended) == ("ReadTimeoutError", None, True)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_not_sent_again(status: int) -> None:
    """Neither by boto3 nor by urllib3."""
    found = sent(answering(status, b'{"message": "oops"}'))
    assert (found.status, found.ended) == (status, True)


# After a 303 urllib3 forgets its socket.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Nobody else is asked."""
    with Recorder() as other:
        found = sent(answering(status, b"", Location=other.url + "/v2/email/x"))
        assert (other.connections, found.ended) == (0, True)
        assert found.status in {None, status}
        gc.collect()


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_no_setting_of_the_environment_lets_it_be_sent_again(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set for other programs does not hold for mail."""
    monkeypatch.setenv("AWS_RETRY_MODE", mode)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    assert sent(answering(500, b"")).status == 500
    assert sent(lambda handler, _: handler.hang_up()).ended
    assert sent(lambda h, _: h.fail(429, "TooManyRequestsException")).status == 429


def test_in_clear_no_proxy_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator on this machine is called on this machine."""
    with Recorder() as proxy, Recorder() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert client(server.url).send(request()) == "id-1"
        assert (proxy.connections, len(server.calls)) == (0, 1)


@pytest.mark.parametrize(
    "octets",
    [
        b"hello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>no",
        b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"MessageId": 1}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\0" * 100,
    ],
)
def test_an_answer_that_is_none(octets: bytes) -> None:
    """Also "200" without an id says nothing clear."""
    found = sent(saying(octets))
    assert found.ended
    assert found.status is None


def test_an_error_has_its_name_and_status() -> None:
    """From the header, as SES writes it."""
    found = sent(lambda h, _: h.fail(400, "MessageRejected", "no way"))
    assert (found.name, found.said, found.status) == ("MessageRejected", "no way", 400)
    found = sent(lambda h, _: h.fail(429, "TooManyRequestsException"))
    assert (found.name, found.status) == ("TooManyRequestsException", 429)


def test_nobody_listens() -> None:
    """Nothing left."""
    found = client(f"http://127.0.0.1:{free_port()}").send(request())
    assert isinstance(found, Trouble)
    assert (found.name, found.ended) == ("EndpointConnectionError", False)


def test_a_name_that_is_none() -> None:
    """Nothing left."""
    found = client("https://ses.invalid").send(request())
    assert isinstance(found, Trouble)
    assert (found.name, found.ended) == ("EndpointConnectionError", False)


def whole(line: socket.socket) -> None:
    """Read one request to its end."""
    with line.makefile("rb", buffering=0) as file:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += file.read(1) or b""
        [size] = re.findall(rb"(?i)content-length: (\d+)", head)
        body = b""
        while len(body) < int(size):
            body += file.read(int(size) - len(body)) or b""


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serves each connection with a function, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def loop() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line, contextlib.suppress(OSError):
                    serve(line)

        threading.Thread(target=loop, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_a_handshake_that_stalls_or_breaks_sent_nothing() -> None:
    """botocore calls the first "read time-out": the name says nothing."""
    with listening(lambda line: time.sleep(3.0)) as port:
        found = client(f"https://127.0.0.1:{port}", 1.0).send(request())
    assert isinstance(found, Trouble)
    assert (found.status, found.ended) == (None, False)
    with listening(lambda line: None) as port:
        found = client(f"https://127.0.0.1:{port}").send(request())
    assert isinstance(found, Trouble)
    assert (found.status, found.ended) == (None, False)


def test_a_certificate_of_nobody_sent_nothing() -> None:
    """No octet of a request is written before it is verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    got: list[bytes] = []

    def serve(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as secure:
            got.append(secure.recv(100))

    with listening(serve) as port:
        found = client(f"https://127.0.0.1:{port}").send(request())
    assert isinstance(found, Trouble)
    assert (found.name, found.ended) == ("SSLError", False)
    assert b"".join(got) == b""


def test_a_large_request_that_is_cut_in_the_middle_was_not_sent() -> None:
    """Its last octets were never handed to the network: the server cannot have it."""

    def serve(line: socket.socket) -> None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.recv(1000)

    with listening(serve) as port:
        found = client(f"http://127.0.0.1:{port}").send(request(30_000_000))
    assert isinstance(found, Trouble)
    assert (found.status, found.ended) == (None, False)


def test_a_kept_connection_that_was_closed_long_ago_is_not_used() -> None:
    """It is seen to be closed before anything is written."""

    def last(handler: Any, body: bytes) -> None:
        handler.take(body)
        handler.hang_up()

    with Recorder(script=[last]) as server:
        tried = client(server.url)
        assert tried.send(request()) == "id-1"
        time.sleep(1.0)
        assert tried.send(request()) == "id-2"
        assert (len(server.calls), server.connections) == (2, 2)


def test_a_kept_connection_that_closes_just_then_is_a_doubt() -> None:
    """Nobody can tell whether the server read it first: it is not sent again."""
    served = threading.Event()
    came: list[bytes] = []

    def serve(line: socket.socket) -> None:
        body = b'{"MessageId": "id"}'
        whole(line)
        line.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        # The request is read or not, as it happens, and the line is gone.
        came.append(line.recv(65536))
        served.set()

    with listening(serve) as port:
        tried = client(f"http://127.0.0.1:{port}")
        assert tried.send(request()) == "id"
        found = tried.send(request())
        assert served.wait(60)
    assert isinstance(found, Trouble)
    assert (found.status, found.ended) == (None, True)
    assert len(came) == 1


def test_connections_are_kept_for_whoever_holds_it() -> None:
    """They are closed when the last lets go, and opened again when wanted."""
    with Recorder() as server:
        tried = make_client(ClientSettings(REGION, server.url, None, 5.0))
        first, second = tried.hold(), tried.hold()
        tried.send(request())
        first()
        first()
        tried.send(request())
        assert server.connections == 1
        second()
        third = tried.hold()
        tried.send(request())
        assert server.connections == 2
        third()


def test_a_body_that_cannot_be_watched_counts_as_gone() -> None:
    """Not to know how far it came is a doubt."""
    wire = _Wire()
    wire.watch(SimpleNamespace(body=io.BytesIO(b"x")))
    assert wire.ended
    wire.ended = False
    wire.watch(small := SimpleNamespace(body=b""))
    assert not wire.ended
    assert list(small.body) == [b""]
    assert wire.ended


def test_threads_do_not_take_each_others_end() -> None:
    """How far a call came is a matter of its own thread."""
    with Recorder(always=lambda h, _: h.hang_up()) as server:
        tried = client(server.url)
        nobody = client(f"http://127.0.0.1:{free_port()}")
        found: dict[int, Any] = {}

        def call(number: int) -> None:
            found[number] = (tried if number % 2 else nobody).send(request())

        threads = [threading.Thread(target=call, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {n: one.ended for n, one in found.items()} == {
        n: bool(n % 2) for n in range(12)
    }


def test_no_log_holds_an_address(caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG, where botocore writes whole requests down."""
    caplog.set_level(logging.DEBUG)
    with Recorder() as server:
        client(server.url).send(request())
    assert "ada@" not in caplog.text
    assert "not-a-secret" not in caplog.text
    assert "U3ViamVjdDog" not in caplog.text


def test_without_credentials_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the error says where they come from."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(TransportError, match="AWS_ACCESS_KEY_ID") as caught:
        client("http://127.0.0.1:9")
    assert caught.value.permanent


def test_a_profile_that_is_not_there_is_told() -> None:
    """By name."""
    settings = ClientSettings(REGION, "http://127.0.0.1:9", "nobody", 5.0)
    with pytest.raises(TransportError, match=r"ProfileNotFound.*nobody") as caught:
        make_client(settings)
    assert caught.value.permanent


def test_a_region_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With those that were meant, unless an endpoint is given, in whatever way."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    unknown = ClientSettings("eu-north-99", None, None, 5.0)
    with pytest.raises(
        ConfigurationError, match=r"'eu-north-99'.*eu-north-1.*endpoint"
    ):
        make_client(unknown)
    with pytest.raises(ConfigurationError, match="'xy-nowhere-1' with Amazon SES; for"):
        make_client(attrs.evolve(unknown, region="xy-nowhere-1"))
    for region in ("us-gov-west-1", "eu-central-2"):
        made = make_client(attrs.evolve(unknown, region=region))
        assert region in made.endpoint
    given = attrs.evolve(unknown, endpoint_url="https://ses.example")
    assert make_client(given).endpoint == "https://ses.example"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://ses.example")
    assert make_client(unknown).endpoint == "https://ses.example"


def test_an_endpoint_of_the_environment_needs_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It carries people's addresses as well."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://ses.example")
    with pytest.raises(ConfigurationError, match="https://"):
        make_client(ClientSettings(REGION, None, None, 5.0))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "https://ses.example")
    made = make_client(ClientSettings(REGION, None, None, 5.0))
    assert made.endpoint == "https://ses.example"


def test_without_boto3_the_error_says_what_to_install() -> None:
    """As soon as a carrier is made, and not after a long list was checked."""
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from safesend.transports import SesTransport\n"
        "try: SesTransport('eu-west-1')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("ConfigurationError")
    assert 'pip install "safesend[ses]"' in done.stdout
