from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from safesend.delivery import Accepted, NotSent
from safesend.errors import TransportError
from safesend.testing import make_envelopes
from safesend.transports import EmlTransport, Transport, open_transport
from transports.carrying import carry, largest_file, raw


def test_one_file_a_message(tmp_path: Path) -> None:
    """Each is the message as it is, and a mail program can read it."""
    envelopes = list(make_envelopes(3))

    assert carry(EmlTransport(tmp_path / "out"), envelopes) == [Accepted()] * 3

    files = sorted((tmp_path / "out").iterdir())
    assert {file.suffix for file in files} == {".eml"}
    contents = sorted(file.read_bytes() for file in files)
    assert contents == sorted(envelope.content for envelope in envelopes)
    parsed = message_from_bytes(contents[0], policy=policy.default)
    assert parsed.defects == []
    assert parsed["Subject"] == "A letter"


def test_no_file_name_tells_who_it_is_for(tmp_path: Path) -> None:
    """A listing of the folder shows nobody."""
    carry(EmlTransport(tmp_path), make_envelopes(["ada@example.net"]))

    [file] = tmp_path.iterdir()
    assert "ada" not in file.name
    assert "@" not in file.name


def test_a_message_written_again_is_still_one(tmp_path: Path) -> None:
    """The same Message-ID has the same file."""
    first = raw(b"Subject: one\r\n\r\n1\r\n", "<ada@example.org>")
    again = raw(b"Subject: two\r\n\r\n2\r\n", "<ada@example.org>")

    carry(EmlTransport(tmp_path), [first])
    carry(EmlTransport(tmp_path), [again])

    [file] = tmp_path.iterdir()
    assert file.read_bytes() == again.content


def test_a_place_that_is_no_folder_is_refused_for_good(tmp_path: Path) -> None:
    """Trying again would not help."""
    (tmp_path / "file").write_bytes(b"")

    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(TransportError, match="Not a directory") as caught:
            carry(EmlTransport(path), [])
        assert caught.value.permanent


def test_a_full_disk_is_no_refusal_of_the_recipient(tmp_path: Path) -> None:
    """The rest of the batch goes again, later."""
    envelopes = [raw(b"x: y\r\n\r\n" + b"z" * 9000), *make_envelopes(2)]

    with largest_file(5000):
        outcomes = carry(EmlTransport(tmp_path), envelopes)

    assert [type(outcome) for outcome in outcomes] == [NotSent] * 3
    assert list(tmp_path.iterdir()) == []


def test_its_url(tmp_path: Path) -> None:
    """The name is a URL that leads to the same place."""
    transport = open_transport(f"eml:{tmp_path}")

    assert transport == EmlTransport(tmp_path)
    assert isinstance(transport, Transport)
    assert open_transport(transport.name) == transport
    assert transport.route(next(make_envelopes(1))) == transport.name
    assert transport.limits() is None


_ENDLESS = """
import asyncio, sys
from safesend.testing import make_envelopes
from safesend.transports import open_transport

async def run():
    transport = open_transport(sys.argv[1])
    session = await transport.connect(transport.name)
    while True:
        async for _ in session.deliver(make_envelopes(200, campaign="crash")):
            print(".", flush=True)

asyncio.run(run())
"""


@pytest.mark.parametrize("scheme", ["eml", "maildir"])
def test_killed_and_run_again_there_is_one_copy_each(
    tmp_path: Path, scheme: str
) -> None:
    """`kill -9` at any moment: no half message under a name, and no second copy."""
    url = f"{scheme}:{tmp_path}"
    envelopes = list(make_envelopes(200, campaign="crash"))
    whole = {envelope.content.replace(b"\r\n", b"\n") for envelope in envelopes}
    for delay in (0.0, 0.005, 0.02):
        command = [sys.executable, "-c", _ENDLESS, url]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env=environment
        ) as process:
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        assert set(_messages(tmp_path)) <= whole

    carry(open_transport(url), envelopes)

    found = _messages(tmp_path)
    assert len(found) == 200
    assert set(found) == whole


def _messages(folder: Path) -> list[bytes]:
    files = [*folder.glob("*.eml"), *folder.glob("new/*")]
    return [file.read_bytes().replace(b"\r\n", b"\n") for file in files]
