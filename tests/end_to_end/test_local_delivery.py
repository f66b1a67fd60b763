"""A sender is killed while it hands mail to this machine: nobody twice, nobody lost."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from end_to_end.crashes import crowd, letter, nobody_twice_nobody_lost, start
from safesend.errors import TransportError
from servers.dovecot_lmtp import run_dovecot_lmtp
from servers.fixtures import or_skip

pytestmark = pytest.mark.server

_PEOPLE = 800
_LANES = 4
_KILLS = (40, 200, 200)
"""So many more letters are waited for before each kill."""
_SENDMAIL = """#!/bin/sh
cat > "{place}/$$.part" && mv "{place}/$$.part" "{place}/$5 $$"
"""


def killed_and_resumed(tmp_path, url, came):
    """The account of the last run, with the copies; all before it were killed."""
    people, ledger = crowd(tmp_path, _PEOPLE), tmp_path / "crash.db"
    for more in _KILLS:
        goal = sum(came().values()) + more
        with start(people, ledger, url, lanes=_LANES) as sender:
            while sum(came().values()) < goal and sender.process.poll() is None:
                time.sleep(0.05)
            sender.kill()
    time.sleep(0.5)  # what was handed over is brought to its end
    report = letter(people).send(url, ledger=ledger, lanes=_LANES)
    copies = came()
    doubtful = nobody_twice_nobody_lost(report, people, copies)

    assert report.accepted + doubtful == _PEOPLE
    assert doubtful <= 3 * _LANES * len(_KILLS)
    return copies


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_killed_while_dovecot_takes_it(tmp_path, way):
    """Counted in the mailboxes themselves."""
    with or_skip(), run_dovecot_lmtp() as server:
        boxes = server.place / "mail"

        def came():
            return Counter(file.parts[-3] for file in boxes.glob("*/new/*"))

        here = f"lmtp://127.0.0.1:{server.port}"
        url = here if way == "tcp" else f"lmtp+unix://{server.socket}"
        killed_and_resumed(tmp_path, url, came)
        for who, [content] in server.delivered().items():
            assert f"\nTo: {who}\n".encode() in content


def test_killed_while_sendmail_takes_it(tmp_path):
    """A mailer that has begun is not killed with us; its letter is whole."""
    place = tmp_path / "taken"
    place.mkdir()
    command = tmp_path / "sendmail"
    command.write_text(_SENDMAIL.format(place=place))
    command.chmod(0o755)

    def came():
        files = [file.name.split()[0] for file in place.iterdir()]
        return Counter(name for name in files if "@" in name)

    killed_and_resumed(tmp_path, f"sendmail:{command}", came)
    for file in place.iterdir():
        assert f"\nTo: {file.name.split()[0]}\n".encode() in file.read_bytes()
        assert file.read_bytes().rstrip().endswith(b"that is all")


def test_a_mailer_out_of_order_stops_the_run(tmp_path):
    """Nobody is given up for it: who was not taken waits."""
    command = tmp_path / "sendmail"
    command.write_text("#!/bin/sh\nexit 78\n")
    command.chmod(0o755)
    people, ledger = crowd(tmp_path, 50), tmp_path / "stop.db"
    with pytest.raises(TransportError, match="EX_CONFIG"):
        letter(people).send(f"sendmail:{command}", ledger=ledger, lanes=1)
    command.write_text("#!/bin/sh\nexit 0\n")
    report = letter(people).send(f"sendmail:{command}", ledger=ledger, lanes=1)

    assert (report.accepted, report.deferred) == (47, 3)
