"""The examples: a request, a real worker, a real server, one copy for everybody."""

from __future__ import annotations

import json
import secrets
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from architecture.source import REPOSITORY
from integrations.celery.workers import Project, until
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from servers.process import started
from servers.service import lasting_port

pytestmark = pytest.mark.server

PEOPLE = [
    {"email": f"person{i}@example.test", "name": f"Ada {i:03d}x"} for i in range(40)
]


@contextmanager
def web(folder: Path, app: str, log: Path) -> Iterator[str]:
    """The application behind uvicorn; gives its URL."""
    port = lasting_port()
    command = [sys.executable, "-m", "uvicorn", app, "--app-dir", str(folder)]
    server = started(
        [*command, "--port", str(port)], port=port, log=log / "web.log", patience=60
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def post(url: str, people: list[dict[str, str]]) -> tuple[int, dict]:
    """What came of a request."""
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(people).encode(), kind)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    ("name", "application", "server"),
    [
        ("django", "shop.asgi:application", "rabbitmq"),
        ("fastapi", "shop:web", "redis_server"),
    ],
)
def test_a_request_sends_a_letter_to_everybody(  # noqa: PLR0917
    name, application, server, request, postgres, smtp_sink, tmp_path, monkeypatch
):
    """
    Asked for twice it goes out once; a list with a mistake is answered, and not sent.
    """
    running, sink = request.getfixturevalue(server), smtp_sink()
    broker = running.vhost() if server == "rabbitmq" else running.database()
    monkeypatch.setenv("DJANGO_SECRET_KEY", secrets.token_hex())
    monkeypatch.setenv("BROKER_URL", broker)
    monkeypatch.setenv("LEDGER_URL", postgres.url)
    monkeypatch.setenv("RELAY_URL", sink.url)
    example = REPOSITORY / "examples" / name
    monkeypatch.setenv("PYTHONPATH", str(example), prepend=":")
    project = Project(folder=tmp_path, broker=broker, ledger=postgres.url)

    with project.worker() as worker, web(example, application, tmp_path) as url:
        for _ in range(2):
            assert post(f"{url}/letters/moved", PEOPLE)[0] == 202
        code, said = post(f"{url}/letters/other", [{"email": "a@b@c", "name": "Ada"}])
        assert code == 422
        assert "a@b" not in json.dumps(said)
        assert until(lambda: project.is_done(40, "moved")), worker.said
    copies = Counter(kept.recipients for kept in sink.messages(40))
    assert (len(copies), set(copies.values())) == (40, {1})
    with closing(open_ledger(postgres.url)) as book:
        assert dict(book.counts(1)) == {State.ACCEPTED: 40}
