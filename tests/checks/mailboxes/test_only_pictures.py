"""checks/mailboxes/only_pictures.py: a letter is more than a picture."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.only_pictures import ADVICE

IMG = "<img src='https://example.org/a.png' alt='a long alternative text of it'>"


def test_a_picture_alone_is_reported():
    """What stands for it is not counted; neither are titles and styles."""
    html = (
        f"<title>A long title of it all</title><style>p{{color:red}}</style>{IMG}Hello"
    )
    assert said(ADVICE, html) == [("html", "is a picture and hardly any text")]


@pytest.mark.parametrize(
    "html",
    [f"{IMG}<p>We moved to another house.", f"{IMG}{{{{ a }}}}", "<p>Hi", None],
)
def test_a_picture_with_words_passes(html):
    """Nobody knows how long a value is."""
    assert said(ADVICE, html) == []
