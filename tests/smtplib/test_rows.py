"""Tests of messages that are the rows of one mailing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import PEOPLE, invoices, letter

from message.letters import sealed
from message.ready_mails import PNG, as_read, modern
from safesend.checks.own_marks import Marks
from safesend.errors import (
    AddressError,
    AttachmentError,
    AudienceError,
    ConfigurationError,
    TemplateError,
    UnsafeMessage,
)
from safesend.message.compile import compile_message
from safesend.message.letterhead import Letterhead
from safesend.smtplib.rows import mailing_of_loop


def mailing(messages, *, by_content=True):
    return mailing_of_loop(messages, None, by_content=by_content)


def copies(messages):
    """What each person would get."""
    loop = mailing(messages)
    letter = compile_message(loop.template, Letterhead(loop.sender))
    return {row.address.wire: sealed(letter, row).content for row in loop.audience}


_WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=40,
).map(lambda text: f"a{text.replace('=?', '').replace('@', '')}z")  # fmt: skip
_SAID = st.fixed_dictionaries(
    {
        "subject": _WORDS,
        "text": _WORDS.map("Dear {{{{ x }}}} &\n{}\n".format),
        "html": _WORDS.map("<p title='{{{{ x }}}}'>&amp; {}</p>\n".format),
        "files": st.lists(
            st.tuples(st.sampled_from(["a.pdf", "b.pdf"]), st.binary(min_size=8)),
            max_size=2,
        ),
    }
)


@given(first=_SAID, second=_SAID, html=st.booleans(), picture=st.booleans())
def test_a_copy_reads_as_its_message(first, second, html, picture):
    """Subject, text, html as the author wrote it, files; whatever the others say."""
    messages = []
    for number, said in enumerate((first, second)):
        said["files"] = [(n, data + bytes([number])) for n, data in said["files"]]
        if not html:
            del said["html"]
        elif picture:
            said["html"] += '<img src="cid:logo">'
            said["pictures"] = [("logo.png", "logo")]
        message = modern(**said)
        message.replace_header("to", PEOPLE[number])
        messages.append(message)

    found = copies(iter(messages))

    assert len(found) == 2
    for message in messages:
        assert as_read(found[message["to"]]) == as_read(message.as_bytes())


def test_files_that_all_have_are_the_letters():
    """And those of one person are theirs."""
    loop = mailing(invoices())

    assert [file.name for file in loop.template.attachments] == ["t.csv"]
    for row in loop.audience:
        assert [file.name for file in row.attachments] == ["invoice.bin"]
    assert len(list(loop.audience)) == 20


def test_html_alone_gets_a_text():
    """Made of each person's own html."""
    messages = [
        modern(text=None, html=f"<p>Dear <b>{name}</b> &amp; all</p>") for name in "ab"
    ]
    for message, person in zip(messages, PEOPLE, strict=False):
        message.replace_header("to", person)

    found = copies(messages)

    assert as_read(found[PEOPLE[1]])[1]["text/plain"] == "Dear b & all"


def test_headers_may_differ_from_message_to_message():
    """Each has its own link to leave; what is for all must be the same."""
    messages = [
        letter(
            to=person,
            List_Unsubscribe=f"<https://example.org/u?t={number:030}>",
            List_Unsubscribe_Post="List-Unsubscribe=One-Click",
            List_Id="<news.example.org>",
        )
        for number, person in enumerate(PEOPLE)
    ]

    found = copies(messages)

    link = b"List-Unsubscribe: <https://example.org/u?t=%030d>\r\n"
    for number, person in enumerate(PEOPLE):
        assert link % number in found[person]


def test_rows_are_told_apart_by_what_they_say_or_by_the_person():
    """With a name the words do not matter."""
    by_content = list(mailing(invoices()).audience)
    again = list(mailing(invoices()).audience)
    named = list(mailing(invoices(), by_content=False).audience)

    assert len({row.key for row in by_content}) == 20
    assert by_content == again
    assert {row.key for row in named} == {None}
    assert [row.source for row in named][:2] == ["messages:1", "messages:2"]


def test_the_name_is_of_the_sender():
    """So that more or other messages are the same mailing, and go once each."""
    assert mailing(invoices()).name == mailing([letter(to=PEOPLE[0])]).name


def _pictured(cid="logo", data=PNG):
    message = letter(to=PEOPLE[1], html='<img src="cid:logo">')
    message.get_payload()[1].add_related(data, "image", "png", cid=f"<{cid}>")
    return message


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (letter(to=PEOPLE[1]), "a text or an html"),
        (letter(to=PEOPLE[1], html="<p>a", Reply_To="a@example.org"), "Reply-To"),
        (letter(to=PEOPLE[1], html="<p>a", Importance="high"), "other headers"),
        (_pictured(), "other pictures"),
    ],
)
def test_messages_of_another_making_are_refused(other, told):
    """Which one, in what, and what to do."""
    messages = [letter(to=PEOPLE[0], html="<p>a"), other]
    with pytest.raises(TemplateError, match=f"^messages:2: .*{told}.*another name="):
        mailing(messages)


def test_other_senders_and_headers_for_all_are_refused():
    """One mailing has one sender, and one List-Id."""
    other = letter(to=PEOPLE[1])
    other.replace_header("from", "office@example.org")
    with pytest.raises(TemplateError, match="another From"):
        mailing([letter(to=PEOPLE[0]), other])
    lists = [letter(to=who, List_Id=f"<{who[6]}.example.org>") for who in PEOPLE[:2]]
    with pytest.raises(TemplateError, match="of one that is for all"):
        mailing(lists)
    with pytest.raises(TemplateError, match="other pictures"):
        mailing([_pictured(), _pictured(data=PNG + b"x")])


TWO_WAYS = (
    letter()
    .as_bytes()
    .replace(b"Subject", b"To: ada@example.net <eve@example.net>\nSubject")
)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (letter(), "names nobody"),
        (letter(to=", ".join(PEOPLE)), "names 20 people"),
        (letter(to=PEOPLE[0], Cc=PEOPLE[1]), "names 2 people"),
        (letter(to=PEOPLE[0], Bcc=PEOPLE[1]), "names 2 people"),
        (letter(to=PEOPLE[0], X_Bcc=PEOPLE[1]), "names 2 people"),
        (letter(to=PEOPLE[0], Cc="undisclosed"), "no @"),
        (TWO_WAYS, "read in one way"),
    ],
)
def test_a_message_of_a_loop_is_for_one_person(message, reason):
    """Whoever else it names would get nothing, or be shown."""
    with pytest.raises(AudienceError, match=reason) as caught:
        mailing([letter(to=PEOPLE[5]), message])
    assert "messages:2: " in str(caught.value)


def test_the_same_person_may_be_named_twice():
    """Some programs write a copy for the reader into Bcc."""
    [row] = mailing(
        [letter(to="Ada <Ada@example.net>", Bcc="ada@example.net")]
    ).audience
    assert row.address.wire == "Ada@example.net"


def _broken(**attributes):
    message = letter(to=PEOPLE[0])
    message.add_attachment(b"x", maintype="a", subtype="b", **attributes)
    return message


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (letter(to=PEOPLE[0], References="<a@b>"), TemplateError),
        (b"Subject: =?utf-8?q?a=0Ab?=\n\na\n", UnsafeMessage),
        (b"From: a, b\nSubject: a\n\na\n", AddressError),
        (_broken(filename="../a"), AttachmentError),
        (17, ConfigurationError),
    ],
)
def test_errors_say_in_which_message(message, error):
    """Of their own kind."""
    with pytest.raises(error, match="messages:3"):
        mailing([*invoices(PEOPLE[:2]), message])


def test_no_message_is_nobody():
    """As an empty list is."""
    with pytest.raises(AudienceError, match="no message"):
        mailing(iter([]))


def test_marks_of_all_messages_count():
    """One that was forgotten is enough."""
    own, forgotten = letter("{{ a }}\n", to="a@b.example"), letter("Dear {{ a }},\n")
    forgotten["To"] = "c@b.example"
    assert mailing([own]).marks is Marks.OWN
    assert mailing([own, forgotten]).marks is Marks.FORGOTTEN
