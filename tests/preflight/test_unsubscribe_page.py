"""What counts as something to press."""

from __future__ import annotations

import pytest

from safesend.integrations.unsubscribe.page import Answers, Texts
from safesend.preflight.unsubscribe_page import has_button


@pytest.mark.parametrize(
    "page",
    [
        "<form method=post>",
        '<!DOCTYPE html><p>Off?<FORM action="a?b>c" METHOD=" Post "></FORM>',
        "<button>Off</button>",
        "<input type='submit'>",
        "<input name=x type=image src=off.png>",
    ],
)
def test_a_page_with_something_to_press(page):
    """In whatever case and order it is written."""
    assert has_button(page)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "You are off the list.",
        "<form action=/search><input name=q></form>",
        "<form method=get>",
        "<a href=/off class=button>Off</a>",
        "<!-- <form method=post> -->",
        "<script>'<button>'</script>",
        "&lt;button&gt; </button>",
        '<input type="text"><input>',
    ],
)
def test_a_page_with_nothing_to_press(page):
    """A link is opened by programs that look where it leads."""
    assert not has_button(page)


def test_our_own_page():
    """The one that readers see first has a button."""
    assert has_button(Answers.of(Texts()).ask.body.decode())
    assert not has_button(Answers.of(Texts()).done.body.decode())
