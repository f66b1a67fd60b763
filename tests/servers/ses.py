"""Two real peers that speak the API of Amazon SES, and what stands before them.

`run_moto` is moto in server mode, `run_ses_local` the npm package aws-ses-v2-local.
`Recorder` stands between a client and either of them: it keeps every request, and does
to the answers whatever a test asks for. No request of a test leaves this machine.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import attrs

from servers.process import MissingServer, free_port, program, started

__all__ = [
    "CREDENTIALS",
    "REGION",
    "Answer",
    "Call",
    "Recorder",
    "run_moto",
    "run_ses_local",
    "sesv2",
    "waiting",
]

REGION = "eu-west-1"
SEND, ACCOUNT = "/v2/email/outbound-emails", "/v2/email/account"
LOCAL = Path(__file__).parents[2] / ".tools/node_modules/aws-ses-v2-local/dist/cli.js"

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What boto3 finds in place of anybody's own."""


@attrs.frozen
class Call:
    """One SendEmail as it came: its body, and the octets of the message."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def addresses(self) -> list[str]:
        """Every address that SES would deliver to."""
        found: list[str] = []
        for people in self.body.get("Destination", {}).values():
            found += people
        return found

    @property
    def octets(self) -> bytes:
        """The raw message."""
        return base64.b64decode(self.body["Content"]["Raw"]["Data"], validate=True)

    @property
    def tag(self) -> str:
        """The opaque id."""
        return self._tags["safesend"]

    @property
    def attempt(self) -> str:
        """What tells this call from others for the same message."""
        return self._tags["safesend-attempt"]

    @property
    def _tags(self) -> dict[str, str]:
        tags = {tag["Name"]: str(tag["Value"]) for tag in self.body["EmailTags"]}
        assert set(tags) == {"safesend", "safesend-attempt"}
        return tags


Answer = Callable[["_Handler", bytes], None]
"""What is done with a SendEmail in place of passing it on."""


@attrs.define(eq=False)
class Recorder:
    """Listens on `port`; passes on to `peer`, or answers by itself where there is none.

    `script`: what is done to the next calls, one each. `always`: to every call after
    these. `account`: what GetAccount says, in place of the peer; a status alone is an
    error of that kind.
    """

    peer: int | None = None
    tls: ssl.SSLContext | None = None
    script: list[Answer] = attrs.field(factory=list)
    always: Answer | None = None
    account: dict[str, Any] | tuple[int, str] | None = None
    calls: list[Call] = attrs.field(factory=list)
    taken: list[Call] = attrs.field(factory=list)
    """Those that the peer took, whether the client was told or not."""
    connections: int = 0
    asked: int = 0
    """How often GetAccount came."""
    was_asked: threading.Event = attrs.field(factory=threading.Event)
    refused: set[str] = attrs.field(factory=set)
    """The opaque ids of messages that are rejected."""
    lock: threading.Lock = attrs.field(factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The endpoint."""
        assert self._server is not None
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def people(self) -> list[str]:
        """Who has the message: the one address of each call that was taken."""
        return [address for call in self.taken for address in call.addresses]

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"recorder": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        if self.tls is not None:
            listener = self._server.socket
            self._server.socket = self.tls.wrap_socket(listener, server_side=True)
        serve = functools.partial(self._server.serve_forever, 0.02)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.recorder.connections += 1

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""

    def do_GET(self) -> None:
        recorder = self.recorder
        recorder.asked += self.path == ACCOUNT
        said = recorder.account
        if self.path != ACCOUNT or said is None:
            self.pass_on(b"")
            return
        if isinstance(said, dict):
            self.answer(200, json.dumps(said).encode())
        else:
            self.fail(*said)
        recorder.was_asked.set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != SEND:
            self.pass_on(body)
            return
        recorder = self.recorder
        call = Call(json.loads(body), dict(self.headers))
        with recorder.lock:
            recorder.calls.append(call)
            script = recorder.script
            act = script.pop(0) if script else recorder.always
        if call.tag in recorder.refused:
            self.fail(400, "MessageRejected", "not this one")
        elif act is None:
            self.take(body)
        else:
            act(self, body)

    def take(self, body: bytes) -> None:
        """Let the peer have it, and tell the client."""
        status, answer, headers = self.hand_over(body)
        self.answer(status, answer, headers)

    def hand_over(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Let the peer have it; what it says."""
        recorder = self.recorder
        call = Call(json.loads(body), {})
        if recorder.peer is None:
            with recorder.lock:
                recorder.taken.append(call)
                number = len(recorder.taken)
            return 200, json.dumps({"MessageId": f"id-{number}"}).encode(), {}
        status, answer, headers = self.asked(body)
        if status == http.HTTPStatus.OK:
            with recorder.lock:
                recorder.taken.append(call)
        return status, answer, headers

    def pass_on(self, body: bytes) -> None:
        """Anything else is the peer's."""
        if self.recorder.peer is None:
            self.fail(404, "UnknownOperationException")
        else:
            self.answer(*self.asked(body))

    def asked(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """The peer's answer."""
        peer = http.client.HTTPConnection("127.0.0.1", self.recorder.peer or 0)
        kept = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        with contextlib.closing(peer):
            peer.request(self.command, self.path, body or None, kept)
            reply = peer.getresponse()
            named = {
                name: value
                for name, value in reply.getheaders()
                if name.lower() in {"content-type", "x-amzn-errortype"}
            }
            return reply.status, reply.read(), named

    def answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, status: int, name: str, said: str = "") -> None:
        """An error as AWS writes it."""
        body = json.dumps({"message": said}).encode()
        self.answer(
            status,
            body,
            {"Content-Type": "application/json", "x-amzn-ErrorType": name},
        )

    def hang_up(self, *, hard: bool = False) -> None:
        """Close the line, as a server does or (hard) as a broken network."""
        self.close_connection = True
        if hard:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        # The files on the socket keep it open.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()


@contextlib.contextmanager
def run_moto(*identities: str) -> Iterator[int]:
    """moto in this process, with these identities verified; the port of its server."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise MissingServer(
            "moto is missing: pip install 'moto[server,sesv2]'"
        ) from None
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port: int = server.get_host_and_port()[1]
        client = sesv2(f"http://127.0.0.1:{port}")
        for identity in identities:
            client.create_email_identity(EmailIdentity=identity)
        client.close()
        yield port
    finally:
        server.stop()


@contextlib.contextmanager
def run_ses_local(folder: Path, account: dict[str, Any] | None = None) -> Iterator[int]:
    """aws-ses-v2-local as a process; the port that it listens on."""
    if not LOCAL.exists():
        raise MissingServer(
            "aws-ses-v2-local is missing: npm install --prefix .tools aws-ses-v2-local"
        )
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else program("node", "nodejs")
    port = free_port()
    command = [node, str(LOCAL), "--host", "127.0.0.1", "--port", str(port)]
    if account is not None:
        told = f"AWS_SES_ACCOUNT={json.dumps(account)}"
        command = [program("env", "coreutils"), told, *command]
    daemon = started(command, port=port, log=folder / "ses-local.log")
    try:
        yield port
    finally:
        daemon.stop()


def sesv2(url: str) -> Any:
    """A client of the tests' own, for what safesend does not do."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    ).client(
        "sesv2",
        region_name=REGION,
        endpoint_url=url,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=60),
    )


def waiting(seconds: float) -> Answer:
    """Say nothing for so long, then hang up."""

    def act(handler: _Handler, _: bytes) -> None:
        time.sleep(seconds)
        handler.hang_up()

    return act
