"""Tests of one letter for everybody, as a campaign takes it."""

from __future__ import annotations

import pytest
from loops import PEOPLE, letter

from safesend import Recipient, Template
from safesend.checks.own_marks import Marks
from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.ready_letter import read_letter
from safesend.smtplib.mailing import mailing_of_one, marks_of, sender_of


def test_a_message_knows_its_sender_and_its_people():
    """Both may be given in their place."""
    message = letter(to="Ada <ada@example.net>", Bcc="bo@example.net, Ada@example.net")

    own = mailing_of_one(message, None, None)
    given = mailing_of_one(message, PEOPLE[:1], "Office <office@example.org>")

    assert (own.sender.wire, own.sender.name) == ("news@example.org", "News")
    assert [one.address.wire for one in own.audience] == [
        "ada@example.net", "bo@example.net"
    ]  # fmt: skip
    assert given.sender.name == "Office"
    assert [one.address.wire for one in given.audience] == PEOPLE[:1]


def test_the_name_is_that_of_content_and_sender():
    """Not of the list: more people are the same mailing."""

    def name(message, people=PEOPLE, sender=None):
        return mailing_of_one(message, people, sender).name

    template = Template("a", text="b")
    assert name(letter()) == name(letter(to=PEOPLE[3]), PEOPLE[:3])
    assert len(name(letter())) == len("bulk-") + 16
    names = {
        name(letter()),
        name(letter("Dear you\n")),
        name(letter(), sender="office@example.org"),
        name(letter(), sender="Office <news@example.org>"),
        name(template, sender="a@example.org"),
        name(template, sender="b@example.org"),
    }
    assert len(names) == 6


def test_what_programs_write_anew_is_no_other_mailing():
    """Headers and the insides of files: else each run would go to everybody again."""

    def made(run):
        message = letter(X_Run=str(run))
        message.add_attachment(bytes([run]), "application", "pdf", filename="a.pdf")
        return mailing_of_one(message, PEOPLE, None)

    one, two = made(1), made(2)
    assert one.name == two.name
    assert one.template.digest() != two.template.digest()


def test_a_template_says_nothing_of_sender_and_people():
    """Both are asked for."""
    template = Template("a", text="b")
    with pytest.raises(ConfigurationError, match="say who sends"):
        mailing_of_one(template, PEOPLE, None)
    with pytest.raises(ConfigurationError, match="say who gets"):
        mailing_of_one(template, None, "a@example.org")


def test_a_sender_is_one_mailbox():
    """A value, or a text with a name."""
    ada = Address.parse("ada@example.net")
    assert sender_of(ada, None) is ada
    assert sender_of(None, ada) is ada
    with pytest.raises(AddressError):
        sender_of("a@example.org, b@example.org", ada)


def test_recipients_are_read_when_the_list_is():
    """A generator is walked once, row by row; recipients keep their fields."""
    taken = []

    def people():
        for person in (Recipient("ada@example.net", name="Ada"), "bo@example.net"):
            taken.append(person)
            yield person

    audience = mailing_of_one(letter(), people(), None).audience
    assert taken == []
    first, second = audience
    assert first.fields == {"name": "Ada"}
    assert second == Recipient("bo@example.net")


def test_marks_of_an_author_pass_by_name_and_others_do_not():
    """What is let pass is said in the report, with its reason."""
    own = mailing_of_one(letter("Write {{ name }} there\n"), PEOPLE, None)
    assert [one.check for one in own.allow] == ["L37"]
    for text in ("Dear all\n", "Dear {{ name }},\n"):
        assert mailing_of_one(letter(text), PEOPLE, None).allow == ()
    forgotten = letter("Dear you\n", html="<p>\n<b>Dear {{ name }}</b>,\n")
    assert marks_of(read_letter(forgotten)) is Marks.FORGOTTEN


def test_the_name_of_a_file_is_no_person():
    """Nor a list of them: it says what to do."""
    with pytest.raises(ConfigurationError, match="read_csv"):
        mailing_of_one(letter(), "members.csv", None)


def test_who_is_no_address_is_told_by_place():
    """In a list of many it is found again."""
    with pytest.raises(AddressError, match=r"^recipients:2: "):
        mailing_of_one(letter(), [*PEOPLE[:1], "nope"], None)


def test_two_people_who_look_like_one_are_not_made_one():
    """The campaign refuses them; nobody is left out in silence."""
    octets = "From: n@x.example\r\nTo: stra\u00dfe@x.example, strasse@x.example\r\n"
    octets += "Subject: Hello\r\n\r\nHi\r\n"
    mailing = mailing_of_one(octets.encode(), None, None)
    assert len(list(mailing.audience)) == 2
