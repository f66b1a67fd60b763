"""A real Postfix takes a message, cannot deliver it, and reports that to its sender."""

from __future__ import annotations

import email
import email.policy

import pytest

from safesend import Campaign, Recipient, Template
from safesend.transports import SmtpTransport

pytestmark = pytest.mark.server


def _campaign(people, domain, **more):
    return Campaign(
        name=f"to {domain}",
        sender=f"News <news@{domain}>",
        template=Template(subject="Your {{ what }}", text="The secret {{ what }}.\n"),
        audience=[Recipient(one, what=f"gift-{at}") for at, one in enumerate(people)],
        **more,
    )


def _relay(postfix, **options):
    # Not over TLS: 127.0.0.1 may relay, and who may log in is not the question here.
    return SmtpTransport(
        "127.0.0.1", postfix.port, tls="insecure-plaintext", timeout=30, **options
    )


def _sent(postfix, tmp_path, people, domain, **options):
    """Everybody is accepted; the Message-IDs."""
    mailing = _campaign(people, domain)
    report = mailing.send(_relay(postfix, **options), ledger=tmp_path / "r.db")
    assert report.accepted == len(people)
    messages = mailing.rehearse(ledger=tmp_path / "r.db").messages()
    return [one.message_id for one in messages]


def _report(content):
    """The three parts of a report: words, status, what is returned (RFC 6522)."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message.get_content_type() == "multipart/report"
    _, status, returned = message.iter_parts()
    return message, status, returned


def test_a_report_names_the_message_and_holds_no_text(postfix, tmp_path):
    """RFC 3461: the ENVID, the mailbox as we wrote it, and of the message its head."""
    domain = "bounce.example.test"
    people = [f"ada@{domain}", f"gone@{domain}", f"bob@{domain}"]

    ids = _sent(postfix, tmp_path, people, domain)

    letters = postfix.delivered(domain, expected=3)
    assert len(letters) == 3
    [content] = [one.content for one in letters if one.recipient == f"news@{domain}"]
    _, status, returned = _report(content)
    about, person = status.get_payload()
    assert about["Original-Envelope-Id"] == ids[1][1:].partition("@")[0]
    assert person["Original-Recipient"] == f"rfc822;gone@{domain}"
    assert (person["Action"], person["Status"]) == ("failed", "5.1.1")
    assert returned.get_content_type() == "text/rfc822-headers"
    assert ids[1] in returned.get_content()
    assert b"secret" not in content
    assert b"gift-0" not in content
    assert f"ada@{domain}".encode() not in content


def test_a_mailbox_in_another_script_is_reported_as_it_was(postfix, tmp_path):
    """RFC 6533: what stands in ORCPT as UTF-8 comes back so."""
    domain = "script.example.test"

    [message_id] = _sent(postfix, tmp_path, [f"goñe+x=1@{domain}"], domain)

    assert message_id
    [letter] = postfix.delivered(domain, expected=1)
    assert f"X-Original-To: goñe+x=1@{domain}".encode() in letter.content


def test_a_report_comes_to_the_address_of_its_person(postfix, tmp_path):
    """VERP: the token of the row is in the report's recipient, whatever is in it."""
    domain = "verp.example.test"
    people = [f"ada@{domain}", f"gone@{domain}"]
    mailing = _campaign(people, domain, envelope_sender=f"bounces+{{token}}@{domain}")

    report = mailing.send(_relay(postfix), ledger=tmp_path / "r.db")

    assert report.accepted == 2
    own = [one.sender for one in mailing.rehearse(ledger=tmp_path / "r.db").messages()]
    came = {one.recipient: one.content for one in postfix.delivered(domain, expected=2)}
    assert {*came} == {people[0], own[1]}
    assert f"Return-Path: <{own[0]}>".encode() in came[people[0]]
    assert _report(came[own[1]])[1].get_payload()[1]["Action"] == "failed"


@pytest.mark.parametrize(("notify", "reports"), [("never", 0), ("success", 1)])
def test_postfix_reports_what_it_was_asked_for(postfix, tmp_path, notify, reports):
    """Nothing at all, or that a message was delivered."""
    domain = f"{notify}.example.test"
    people = [f"ada@{domain}", f"gone@{domain}"]

    ids = _sent(postfix, tmp_path, people, domain, notify=notify)

    postfix.delivered(domain, expected=1 + reports)
    # Nothing more comes.
    letters = postfix.delivered(domain, expected=2 + reports, patience=3)
    told = [one.content for one in letters if one.recipient == f"news@{domain}"]
    assert len(told) == reports
    for content in told:
        _, status, _ = _report(content)
        about, person = status.get_payload()
        assert about["Original-Envelope-Id"] == ids[0][1:].partition("@")[0]
        assert person["Action"] == "delivered"
