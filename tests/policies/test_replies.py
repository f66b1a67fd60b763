"""What a reply leads to."""

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.policies.replies import Meaning, judge


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        (Accepted(code=250), Meaning.DELIVERED),
        (Deferred(Stage.RCPT, 450), Meaning.LATER),
        (Deferred(Stage.MAIL, 452, "4.3.1"), Meaning.LATER),
        (Refused(Stage.RCPT, 550, "5.1.1"), Meaning.NEVER),
        (Refused(Stage.CONTENT, 554, "5.7.1"), Meaning.NEVER),
        (Refused(Stage.DATA, 554), Meaning.NEVER),
        (InDoubt(), Meaning.DOUBT),
        (NotSent(Stage.CONNECT), Meaning.UNTOUCHED),
    ],
)
def test_the_first_digit_decides(outcome, meaning):
    """
    2xx is done, 4xx comes again, 5xx never, and silence is doubt.
    """
    assert judge(outcome).meaning is meaning
    assert judge(outcome).stop is None


@pytest.mark.parametrize("enhanced", ["5.1.8", "5.7.1", None])
def test_a_refused_sender_stops_the_run_and_keeps_the_row(enhanced):
    """
    MAIL refused for good would meet every message alike.
    """
    verdict = judge(Refused(Stage.MAIL, 550, enhanced, "sender unknown"))
    assert verdict.meaning is Meaning.UNTOUCHED
    assert "550 sender unknown" in verdict.stop


@pytest.mark.parametrize(
    "outcome",
    [
        Refused(Stage.MAIL, 552, "5.3.4", "too big"),
        Refused(Stage.MAIL, 552, None, "too big"),
        Refused(Stage.MAIL, 554, "5.3.4", "too big"),
        Refused(Stage.MAIL, 550, "5.6.7", "needs SMTPUTF8"),
        Refused(Stage.MAIL, None, None, "larger than the server takes"),
    ],
)
def test_what_mail_says_of_one_message_ends_that_row_only(outcome):
    """
    A size or an address that needs SMTPUTF8 is that message's own trouble.
    """
    verdict = judge(outcome)
    assert (verdict.meaning, verdict.stop) == (Meaning.NEVER, None)


@pytest.mark.parametrize(
    ("outcome", "greylisted"),
    [
        (Deferred(Stage.RCPT, 451, "4.7.1", "try later"), True),
        (Deferred(Stage.RCPT, 450, "4.7.1"), True),
        (Deferred(Stage.CONTENT, 421, None, "Greylisted, come back"), True),
        (Deferred(Stage.RCPT, 450, None, "grey-listing in action"), True),
        (Deferred(Stage.RCPT, 450, "4.2.1", "mailbox busy"), False),
    ],
)
def test_greylisting_is_known_by_code_or_by_word(outcome, greylisted):
    """
    450 and 451 with 4.7.1, or the word in the reply.
    """
    assert judge(outcome).greylisted is greylisted
