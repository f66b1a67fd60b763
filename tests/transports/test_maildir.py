from __future__ import annotations

import mailbox
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest

from safesend.delivery import Accepted
from safesend.errors import TransportError
from safesend.testing import make_envelopes
from safesend.transports import MaildirTransport, Transport, open_transport
from transports.carrying import carry, raw


def test_mail_readers_can_read_it(tmp_path: Path) -> None:
    """The standard library's reader sees every message, new."""
    envelopes = list(make_envelopes(5))

    assert carry(MaildirTransport(tmp_path / "box"), envelopes) == [Accepted()] * 5

    with closing(mailbox.Maildir(tmp_path / "box", create=False)) as box:
        assert {message["To"] for message in box} == {
            envelope.recipient.wire for envelope in envelopes
        }
        assert {message.get_subdir() for message in box} == {"new"}
    assert list((tmp_path / "box" / "tmp").iterdir()) == []


def test_lines_end_as_in_other_maildirs(tmp_path: Path) -> None:
    """With LF, as delivery programs leave them."""
    envelope = raw(b"Subject: x\r\n\r\nHello\r\n.\r\n")

    carry(MaildirTransport(tmp_path), [envelope])

    [file] = (tmp_path / "new").iterdir()
    assert file.read_bytes() == b"Subject: x\n\nHello\n.\n"


def test_names_have_three_parts_and_no_host(tmp_path: Path) -> None:
    """time.unique.host, where the host is no machine's name (L13)."""
    carry(MaildirTransport(tmp_path), make_envelopes(1))

    [file] = (tmp_path / "new").iterdir()
    assert re.fullmatch(r"0\.[a-z0-9]{26,}\.safesend", file.name)
    assert file.name.rpartition(".")[2] != socket.gethostname().lower()


def test_a_message_written_again_is_still_one(tmp_path: Path) -> None:
    """The same Message-ID has the same file."""
    for _ in range(2):
        carry(MaildirTransport(tmp_path), make_envelopes(3, campaign="again"))

    assert len(mailbox.Maildir(tmp_path, create=False)) == 3


def test_also_where_a_reader_has_moved_it(tmp_path: Path) -> None:
    """A message that was seen keeps its place and flags, and does not come anew."""
    carry(MaildirTransport(tmp_path), make_envelopes(3, campaign="seen"))
    moved, *_ = sorted((tmp_path / "new").iterdir())
    moved.rename(tmp_path / "cur" / f"{moved.name}:2,S")
    (tmp_path / "cur" / "1700000000.M1P2.elsewhere:2,S").write_bytes(b"a: b\n\nx\n")

    carry(MaildirTransport(tmp_path), make_envelopes(3, campaign="seen"))

    assert len(list((tmp_path / "new").iterdir())) == 2
    assert (tmp_path / "cur" / f"{moved.name}:2,S").exists()
    assert len(mailbox.Maildir(tmp_path, create=False)) == 4


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """Also when only one of the three folders is in the way."""
    (tmp_path / "cur").write_bytes(b"")

    with pytest.raises(TransportError, match="Not a directory"):
        carry(MaildirTransport(tmp_path), [])


def test_its_url(tmp_path: Path) -> None:
    """The name is a URL that leads to the same place."""
    transport = open_transport(f"maildir:{tmp_path}")

    assert transport == MaildirTransport(tmp_path)
    assert isinstance(transport, Transport)
    assert open_transport(transport.name) == transport
    assert transport.route(next(make_envelopes(1))) == transport.name
    assert transport.limits() is None
