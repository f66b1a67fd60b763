"""Whoever reads and whatever the mailing is called: a sealed link exposes nobody."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from safesend import Campaign, Recipient, Template, Unsubscribe
from safesend.engine.declaration import planned
from safesend.engine.plan import rehearse
from safesend.message.unsubscribe import UnsubscribeKey
from safesend.testing import FakeClock, assert_private

LETTERS = [
    Template(
        subject="Hello",
        text="Dear {{ name }},\n{{ unsubscribe_url }}\n",
        html='<p>Dear {{ name }} <a href="{{ unsubscribe_url }}">leave</a></p>',
    ),
    Template(  # With logic every text is looked at as a whole, for each row.
        subject="Hello",
        text="{% if name %}Dear {{ name }},{% endif %}\n{{ unsubscribe_url }}\n",
        html='{% if name %}{{ name }}{% endif %} <a href="{{ unsubscribe_url }}">x</a>',
    ),
    Template(subject="Hello", text="{{ name|title }}: {{ unsubscribe_url|lower }}\n"),
]
NAMES = st.from_regex(r"\w[\w .+-]{0,79}", fullmatch=True, alphabet=st.characters())
WORDS = st.from_regex(r"[A-Za-z]{2,12}( [A-Za-z]{2,12})?", fullmatch=True)
LOCALS = st.from_regex(
    r"[a-zäßœ中][a-z0-9]{0,12}([.+_-][a-z0-9]{1,9})?", fullmatch=True
)
# Short ones that are declared private are looked for wherever they are a word.
ROOMS = st.from_regex(r"[0-9]{3}|[a-f0-9]{3,8}|[A-Za-z]{3}", fullmatch=True)
ROWS = st.lists(
    st.tuples(LOCALS, WORDS, ROOMS),
    min_size=1,
    max_size=12,
    unique_by=(lambda row: row[0], lambda row: row[1].lower()),
)


@settings(max_examples=100, deadline=None)
@given(
    name=NAMES,
    rows=ROWS,
    secret=st.binary(min_size=32, max_size=32),
    letter=st.sampled_from(LETTERS),
    base=st.sampled_from(
        ["https://x.example/leave", "https://x.example/?t={token}&l=1"]
    ),
)
def test_a_letter_with_a_sealed_link_has_no_leak(name, rows, secret, letter, base):
    """
    In the rehearsal, in what is sent, and for a second reader; each link is its own.
    """
    key = UnsubscribeKey(secret)
    people = [
        Recipient(f"{local}@readers.example", name=who, room=f"#{room}")
        for local, who, room in rows
    ]
    campaign = Campaign(
        name=name,
        sender="Office <office@letters.example>",
        template=letter,
        audience=people,
        private=["room"],
        allow=["L05: any local part may occur"],
        unsubscribe=Unsubscribe(base, key),
    )
    assert not campaign.rehearse().leaks
    plan = planned(campaign, None, confirm_changes=False)
    rehearsal = rehearse(plan, b"k" * 32, FakeClock())
    assert not rehearsal.leaks
    messages = list(rehearsal.messages())
    assert [one.content for one in messages] == [
        one.content for one in rehearsal.messages()
    ]
    assert_private(messages, people, allow=["L05: any local part may occur"])
    tokens = [re.search(rb"v1\.\w+\.\w+", one.content)[0] for one in messages]
    assert len(set(tokens)) == len(people)
    for person, token in zip(people, tokens, strict=True):
        assert token.decode() == key.token(person.address, name)
