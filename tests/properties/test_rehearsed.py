"""Whatever the list and the letter: what is rehearsed is private, and one each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend import Campaign, Recipient, Template
from safesend.testing import assert_private, assert_sent_once
from safesend.testing.strategies import audiences, templates

NAMES = st.from_regex(r"[A-Z][a-z]{1,9}", fullmatch=True)


def _rehearsed(people: list[Recipient], template: Template) -> bool:
    """Whether it is sound; each message has then been looked at."""
    rehearsal = Campaign(
        name="letter",
        sender="Office <office@letters.example>",
        template=template,
        audience=people,
        allow=["L05: any local part may occur"],
    ).rehearse()
    if rehearsal.ok:
        messages = [*rehearsal.messages()]
        assert_private(messages, people, allow=["L05: any local part may occur"])
        assert_sent_once(messages, people)
    return rehearsal.ok


@given(audiences("name", "city"), templates("name", "city"))
def test_hostile_lists_are_refused_or_private(
    people: list[Recipient], template: Template
) -> None:
    """
    A list whose cells want to break something makes private messages, or none.
    """
    _rehearsed(people, template)


@given(audiences("name", "city", values=NAMES), templates("name", "city"))
def test_harmless_lists_are_private(
    people: list[Recipient], template: Template
) -> None:
    """
    An ordinary list makes a private message for each person.
    """
    assert _rehearsed(people, template)
