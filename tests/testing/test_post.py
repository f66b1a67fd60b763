from __future__ import annotations

from safesend.testing import Received
from safesend.testing.post import Settings


def test_a_message_prints_without_its_content() -> None:
    """A failing test shows who got it, and not pages of text."""
    message = Received("a@x.example", ("b@x.example",), b"secret", True, "u", 1)

    assert "secret" not in repr(message)
    assert "b@x.example" in repr(message)


def test_settings_print_without_passwords() -> None:
    """Users stay out of logs."""
    assert "hunter2" not in repr(Settings(users={"u": "hunter2"}))
