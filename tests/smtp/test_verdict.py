"""What replies mean for a letter, by their place."""

from __future__ import annotations

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.smtp import verdict

from .post import answer

GOOD = ["250 reset", "250 sender", "250 recipient", "354 go on"]


def replies(*texts):
    return [answer(text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "outcome"),
    [
        (GOOD, None),
        (["250", "250", "251 forwarding", "354"], None),
        (["250", "550 no", "503", "503"], Refused(Stage.MAIL, 550, None, "no")),
        (["250", "451 later"], Deferred(Stage.MAIL, 451, None, "later")),
        (
            ["250", "250", "550 5.1.1 who", "554"],
            Refused(Stage.RCPT, 550, "5.1.1", "who"),
        ),
        (
            ["250", "250", "450 4.2.0 grey", "354"],
            Deferred(Stage.RCPT, 450, "4.2.0", "grey"),
        ),
        (["250", "250", "250", "554 no"], Refused(Stage.DATA, 554, None, "no")),
        (
            ["250", "250", "250", "421 bye"],
            Deferred(Stage.DATA, 421, None, "bye"),
        ),
        (["502 what"], NotSent(Stage.MAIL, 502, None, "what")),
        ([], NotSent(Stage.MAIL, text="gone")),
        (["250"], NotSent(Stage.MAIL, text="gone")),
        (["250", "250"], NotSent(Stage.RCPT, text="gone")),
        (["250", "250", "250"], NotSent(Stage.DATA, text="gone")),
    ],
)
def test_the_opening_of_a_letter(texts, outcome):
    """The first reply that is not positive decides; too few mean that it never was."""
    assert verdict.opened(replies(*texts), "gone") == outcome


@pytest.mark.parametrize(
    ("texts", "finished", "outcome"),
    [
        (["250 2.0.0 as 1"], True, Accepted(Stage.CONTENT, 250, "2.0.0", "as 1")),
        (["452 full"], True, Deferred(Stage.CONTENT, 452, None, "full")),
        (["554 spam"], True, Refused(Stage.CONTENT, 554, None, "spam")),
        ([], True, InDoubt(Stage.CONTENT, text="gone")),
        ([], False, NotSent(Stage.CONTENT, text="gone")),
        (["552 too big"], False, Refused(Stage.CONTENT, 552, None, "too big")),
        (["250 too early"], False, NotSent(Stage.CONTENT, text="gone")),
    ],
)
def test_the_end_of_a_letter(texts, finished, outcome):
    """Only a letter whose end may have left and that nobody answered is in doubt."""
    assert verdict.after_content(replies(*texts), "gone", finished=finished) == outcome


@pytest.mark.parametrize(
    ("texts", "content", "fits"),
    [
        (["250", *GOOD], True, True),
        (GOOD, False, True),
        (["250", "250", "550", "503", "503"], True, True),
        (["554"], True, True),
        ([], True, True),
        (["250", "250", "250", "250", "250"], True, False),
        (["354", *GOOD], True, False),
        (["250", "354", "250", "250", "354"], True, False),
        (["250", "250", "250", "354"], True, True),
        (["250", "250", "354"], False, False),
        (["250", "250", "250", "250"], False, False),
        (["250", "250", "250", "334"], False, False),
    ],
)
def test_codes_tell_whether_the_counting_can_be_right(texts, content, fits):
    """354 belongs to DATA and to nothing else, and DATA is never answered by 2xx."""
    if texts == ["250", "250", "250", "354"]:
        # One short: what should be the reply to RCPT is a 354.
        fits = False
    assert verdict.in_step(replies(*texts), content=content) is fits


def test_the_ordinary_case_is_told_at_a_glance():
    """Four times 250 and a 354."""
    assert verdict.all_well(replies("250", *GOOD))
    assert not verdict.all_well(replies(*GOOD))
    assert not verdict.all_well(replies("250", "250", "251", "250", "354"))


def test_a_lone_dot_is_for_a_granted_data_only():
    """The server waits for content only after 354."""
    assert verdict.wants_dot(replies("250", "250", "550", "354"))
    assert not verdict.wants_dot(replies("250", "250", "550", "554"))
    assert not verdict.wants_dot(replies("250", "250", "550"))


def test_the_server_says_that_it_hangs_up():
    """421 at any place (RFC 5321 section 3.8)."""
    assert verdict.closing(replies("250", "421 bye"))
    assert not verdict.closing(replies("250", "451 later"))


def test_what_is_kept_of_a_reply_is_masked():
    """A server that repeats an address does not bring it into the ledger."""
    outcome = verdict.failure(Stage.RCPT, answer("550 ada@example.org is unknown"))

    assert outcome.text == "a…@example.org is unknown"
