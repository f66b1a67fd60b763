from __future__ import annotations

from email.message import EmailMessage
from email.mime.text import MIMEText

import pytest

from safesend import Address, Recipient
from safesend.errors import ConfigurationError
from safesend.testing import Received, make_envelopes
from safesend.testing.copies import copies_of, people_of

ADA, BO = "ada@example.org", "bo@example.com"


def _letter(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    message.set_content("Come!\n")
    return message


def _who(message: object) -> list[str]:
    [copy] = copies_of([message])
    return [person.address.wire for person in copy.people]


def test_what_a_server_received_says_whom_it_went_to() -> None:
    """Its envelope counts, whatever stands in To."""
    octets = _letter(To="all@example.org").as_bytes()
    got = Received("a@x.example", (ADA, BO), octets, False, None, 1)

    assert _who(got) == [ADA, BO]
    assert copies_of([got])[0].content == octets


def test_an_envelope_has_one_recipient() -> None:
    """Its own."""
    [envelope] = make_envelopes([ADA])

    assert _who(envelope) == [ADA]
    assert copies_of([envelope])[0].content == envelope.content


@pytest.mark.parametrize("make", [bytes, lambda message: message], ids=["octets", "it"])
def test_a_message_by_itself_is_for_whom_its_headers_name(make: object) -> None:
    """To, Cc and Bcc, as send_message of smtplib takes them; names do not count."""
    message = _letter(To=f"Ada <{ADA}>", Cc=f"{BO}, {ADA.upper()}", Bcc="c@x.example")

    assert _who(make(message)) == [ADA, BO, "c@x.example"]


def test_an_old_message_says_it_too() -> None:
    """Those of MIMEText are messages as well."""
    message = MIMEText("Come!")
    message["To"] = "=?utf-8?q?Zo=C3=AB?= <zoe@example.org>,\n ada@example.org"

    assert _who(message) == ["zoe@example.org", ADA]
    assert b"Come!" in copies_of([message])[0].content


@pytest.mark.parametrize(
    "people",
    [ADA, f"Ada <{ADA}>", Address.parse(ADA), Recipient(ADA, name="Ada"), [ADA], {ADA}],
    ids=lambda value: type(value).__name__,
)
def test_a_pair_says_who_got_it(people: object) -> None:
    """One person, or several."""
    assert _who((people, _letter(To=BO))) == [ADA]
    assert _who((people, _letter(To=BO).as_bytes())) == [ADA]


def test_a_pair_may_hold_what_says_something_else() -> None:
    """A relay of one's own may know better than an envelope."""
    [envelope] = make_envelopes([ADA])

    assert _who((BO, envelope)) == [BO]


def test_a_row_stays_a_row() -> None:
    """Its fields are what belongs to it alone."""
    row = Recipient(ADA, account="1203")

    assert copies_of([(row, b"")])[0].people == (row,)


def test_messages_of_django_are_messages() -> None:
    """Whom Django sends it to, blind copies included, and what it sends."""
    from django.conf import settings
    from django.core.mail import EmailMessage as DjangoMessage

    if not settings.configured:
        settings.configure()
    message = DjangoMessage("Come", "Come!", "o@x.example", [f"Ada <{ADA}>"], bcc=[BO])

    assert _who(message) == [ADA, BO]
    assert b"Subject: Come\n" in copies_of([message])[0].content
    assert _who((ADA, message)) == [ADA]


def test_messages_of_flask_mail_are_messages() -> None:
    """Those that `record_messages` gives."""
    import flask
    import flask_mail

    app = flask.Flask("letters")
    app.config["MAIL_DEFAULT_SENDER"] = "o@x.example"
    flask_mail.Mail(app)
    with app.app_context():
        message = flask_mail.Message("Come", [("Ada", ADA)], body="Come!", bcc=[BO])

        assert _who(message) == [ADA, BO]
        assert b"Subject: Come" in copies_of([message])[0].content


def test_who_is_no_mailbox_is_told() -> None:
    """With the reason, and without the address."""
    got = Received("a@x.example", ("ada@relay", BO), b"", False, None, 1)
    [copy] = copies_of([got])

    assert [person.address.wire for person in copy.people] == [BO]
    assert len(copy.wrong) == 1
    assert "ada" not in copy.wrong[0]


def test_a_list_that_could_be_read_in_two_ways_is_told() -> None:
    """It is nobody's address, and no error of the test."""
    [copy] = copies_of([b"To: ada@example.org <bo@example.com\n\n"])

    assert (copy.people, len(copy.wrong)) == ((), 1)


def test_messages_have_places() -> None:
    """As the test itself would write them."""
    places = [copy.place for copy in copies_of(make_envelopes([ADA, BO]))]

    assert places == ["messages[0]", "messages[1]"]


@pytest.mark.parametrize(
    "messages", [b"To: a@x.example\n\n", "text", _letter(To=ADA), 7, None]
)
def test_one_message_is_no_list(messages: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(ConfigurationError, match="give a list"):
        copies_of(messages)


@pytest.mark.parametrize("message", ["To: a@x.example\n\n", 7, (ADA, "text"), object()])
def test_what_is_no_message_is_an_error(message: object) -> None:
    """It says what may be given."""
    with pytest.raises(ConfigurationError, match=r"messages\[0\] is a .*, and no mes"):
        copies_of([message])


def test_a_message_for_nobody_needs_a_recipient() -> None:
    """What was sent in blind copy says nothing by itself."""
    with pytest.raises(ConfigurationError, match="does not say whom it went to"):
        copies_of([_letter(To="undisclosed-recipients:;")])


def test_a_person_is_an_address_or_a_row() -> None:
    """With a display name, too; and nothing else."""
    named, row = Address.parse(f"Ada <{ADA}>", name_allowed=True), Recipient(BO)

    assert [*people_of([named, row])] == [Recipient(ADA), row]
    with pytest.raises(ConfigurationError, match="not of type int"):
        [*people_of([7])]


@pytest.mark.parametrize("one", [ADA, Address.parse(ADA), Recipient(ADA)])
def test_one_person_is_no_list(one: object) -> None:
    """Nobody is taken for the letters of their address."""
    with pytest.raises(ConfigurationError, match="give a list"):
        people_of(one)
