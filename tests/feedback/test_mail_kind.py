"""feedback/mail_kind.py: what a mail in a bounce mailbox is."""

from __future__ import annotations

from safesend.feedback import BounceMail, MailKind


def test_reports_are_about_what_became_of_a_message():
    """
    What looks like one and is not understood is none.
    """
    reports = {"bounce", "delay", "delivery", "complaint", "feedback"}
    assert {kind for kind in MailKind if kind.is_report} == reports


def test_a_mail_may_say_nothing_of_ours():
    """
    Then it has no news, and nothing is wrong with it.
    """
    found = BounceMail(MailKind.MAIL)
    assert (found.news, found.problem) == ((), "")
