"""feedback/mailboxes/mbox.py: mails in an mbox that grows."""

from __future__ import annotations

import fcntl
import mailbox as judge
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import TransportError
from safesend.feedback.mailboxes.mbox import Mbox

TWO = b"""\
From a@example.org Fri Nov 27 14:00:00 2026
Subject: one

>From here on
>>From there

From b@example.org Fri Nov 27 14:00:00 2026
Subject: two

Not a From line.
From the middle of a text

"""


@pytest.fixture
def file(tmp_path):
    """An mbox with two mails."""
    path = tmp_path / "bounces"
    path.write_bytes(TWO)
    return path


def test_the_mails_are_given_with_their_lines(file):
    """
    A mark before From is taken away, once; what is no beginning of a mail is none.
    """
    box = Mbox(file)
    one, two = box.mails()
    assert (one.place, two.place) == (f"{file}:1", f"{file}:7")
    assert one.octets == b"Subject: one\n\nFrom here on\n>From there\n\n"
    assert two.octets.endswith(b"\nFrom the middle of a text\n\n")
    assert (box.name, box.files, box.expected, box.passed_over) == (
        str(file),
        False,
        None,
        0,
    )
    box.filed([None], None)
    box.close()
    assert file.read_bytes() == TWO


def test_an_empty_mbox_has_no_mails(file):
    """
    Nor has one that does not begin with a mail.
    """
    file.write_bytes(b"")
    assert [*Mbox(file).mails()] == []
    file.write_bytes(b"hello\n")
    assert [*Mbox(file).mails()] == []


def test_a_mail_is_read_as_far_as_is_wanted(file):
    """
    However long its lines; the next one begins where it begins.
    """
    file.write_bytes(
        b"From a\n" + b"x" * 200_000 + b"\nFrom no\n" + b"\n" * 9 + b"From b\ny\n"
    )
    one, two = Mbox(file, longest=100).mails()
    assert one.octets == b"x" * 100
    assert (two.octets, two.place) == (b"y\n", f"{file}:13")


def test_what_is_appended_meanwhile_is_for_the_next_time(file):
    """
    It is read up to where it ended when it was opened.
    """
    mails = Mbox(file).mails()
    next(mails)
    with file.open("ab") as more:
        more.write(b"From c\nSubject: three\n\n")
    assert [one.octets[:12] for one in mails] == [b"Subject: two"]
    assert len([*Mbox(file).mails()]) == 3


HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_it_waits_for_whoever_writes(file):
    """
    But not for ever; and nobody has to wait for it while it reads.
    """
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(TransportError, match="another program holds the lock"):
            [*Mbox(file, patience=0.1).mails()]
        mails = Mbox(file, patience=20).mails()
        holder.stdin.close()
        next(mails)
    with file.open("ab") as more:
        fcntl.lockf(more, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert len([*mails]) == 1


@given(
    st.lists(
        st.lists(st.sampled_from(["From x", ">From y", "", "text", "From"]), max_size=6)
    )
)
def test_python_reads_the_same_mails(tmp_path_factory, bodies):
    """
    Whatever mailbox.mbox writes is found again, its marks taken away.
    """
    path = tmp_path_factory.mktemp("mbox") / "box"
    theirs = judge.mbox(path)
    for body in bodies:
        theirs.add("Subject: x\n\n" + "\n".join(body) + "\n")
    theirs.flush()
    theirs.close()
    assert len([*Mbox(path).mails()]) == len(bodies)
