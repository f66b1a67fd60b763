"""A mailing through a real Postfix, read back file by file."""

from __future__ import annotations

import re
import ssl

import pytest

from end_to_end.mailing import audience, campaign, parsed
from safesend.errors import TransportError
from safesend.transports import SmtpTransport

pytestmark = pytest.mark.server

_NUMBER = re.compile(r"N(\d{6})x")


def _transport(postfix, **options):
    context = ssl.create_default_context(cafile=str(postfix.ca))
    return SmtpTransport(
        "localhost",
        port=postfix.port,
        username=postfix.username,
        password=options.pop("password", postfix.password),
        tls_context=context,
        **options,
    )


def test_two_thousand_people_each_get_their_own(postfix, tmp_path):
    """
    STARTTLS, AUTH and PIPELINING; every delivered file names its reader and no other.
    """
    domain = "crowd.example.test"
    people = audience(tmp_path, 2000, domain)

    report = campaign(people).send(
        _transport(postfix), ledger=tmp_path / "crowd.db", lanes=4
    )

    assert (report.recipients, report.accepted) == (2000, 2000)
    letters = postfix.delivered(domain, expected=2000, patience=120)
    assert len({letter.recipient for letter in letters}) == len(letters) == 2000
    for letter in letters:
        _is_private(letter)


def _is_private(letter):
    message = parsed(letter.content)
    local = letter.recipient.partition("@")[0]
    number = local.removeprefix("person")
    assert str(message["To"]) == letter.recipient
    assert message.get_all("Cc", []) == message.get_all("Bcc", []) == []
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for piece in (text, html, str(message["Subject"])):
        assert {int(hit) for hit in _NUMBER.findall(piece)} == {int(number)}
    everything = text + html + str(message.items())
    assert set(re.findall(r"person\d+@", everything)) == {f"{local}@"}
    [attachment] = message.iter_attachments()
    assert attachment.get_content() == "map\n" * 50


def test_one_refusal_stops_nobody(postfix, tmp_path):
    """
    550 for one and 450 for another; the rest is delivered.
    """
    domain = "some.example.test"
    people = audience(tmp_path, 20, domain)
    text = people.read_text(encoding="utf-8")
    text = text.replace("person2@some.", "refused@some.")
    text = text.replace("person8@some.", "later@some.")
    people.write_text(text, encoding="utf-8")
    mailing = campaign(people)

    report = mailing.send(_transport(postfix), ledger=tmp_path / "some.db")

    assert (report.accepted, report.refused, report.deferred) == (18, 1, 1)
    assert len(postfix.delivered(domain, expected=18)) == 18
    states = [str(state) for _, state, _ in report.outcomes(mailing.audience)]
    assert (states[2], states[8], states.count("accepted")) == (
        "refused",
        "waiting",
        18,
    )
    assert report.next_due is not None
    again = mailing.send(_transport(postfix), ledger=tmp_path / "some.db")
    assert (again.accepted, again.sent_now) == (18, 0)


def test_a_wrong_password_stops_before_anybody(postfix, tmp_path):
    """
    The login is refused: nothing leaves, every row keeps its turn.
    """
    domain = "locked.example.test"
    mailing = campaign(audience(tmp_path, 5, domain))

    with pytest.raises(TransportError, match="535") as caught:
        mailing.send(
            _transport(postfix, password="not this one"), ledger=tmp_path / "l.db"
        )

    assert caught.value.permanent
    assert "not this one" not in str(caught.value)
    report = mailing.send(_transport(postfix), ledger=tmp_path / "l.db")
    assert report.accepted == 5
    assert len(postfix.delivered(domain, expected=5)) == 5


def test_an_unknown_authority_stops_before_anybody(postfix, tmp_path):
    """
    A certificate that cannot be verified: no password and no message leaves.
    """
    transport = SmtpTransport(
        "localhost", port=postfix.port, username="ada", password="secret"
    )
    mailing = campaign(audience(tmp_path, 2, "wary.example.test"))

    with pytest.raises(TransportError, match="certificate") as caught:
        mailing.send(transport, ledger=":memory:")

    assert caught.value.permanent
    assert postfix.delivered("wary.example.test") == []
