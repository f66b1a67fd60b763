from __future__ import annotations

from safesend.testing import FakeClock, Received
from safesend.testing.faults import Faults
from safesend.testing.post import Post, Settings


def test_a_message_prints_without_its_content() -> None:
    """A failing test shows who got it, and not pages of text."""
    message = Received("a@x.example", ("b@x.example",), b"secret", True, "u", 1)

    assert "secret" not in repr(message)
    assert "b@x.example" in repr(message)


def test_a_message_can_be_read() -> None:
    """As whoever gets it reads it."""
    octets = b"To: b@x.example\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nCome!\r\n"
    got = Received("a@x.example", ("b@x.example",), octets, False, None, 1)

    assert got.recipient == "b@x.example"
    assert got.message["Subject"] == "caf\u00e9"
    assert got.message.get_content() == "Come!\n"


def test_settings_print_without_passwords() -> None:
    """Users stay out of logs."""
    assert "hunter2" not in repr(Settings(users={"u": "hunter2"}))


def test_transactions_are_numbered_over_all_connections() -> None:
    """From 1, with the time at which each began."""
    clock = FakeClock()
    post = Post(Settings(), Faults(clock))

    assert post.begin(1, "a@x.example").number == 1
    clock.advance(5)
    second = post.begin(2, "b@x.example")
    assert (second.number, second.connection, second.began) == (2, 2, 5)
    assert len(post.attempts) == 2
