import attrs
import pytest

from dossier.pasts import FULL, NOON, ZONE, account, empty
from safesend.dossier.tell import (
    fate_of_run,
    headline,
    lead,
    reason_of,
    retention,
    way_of,
)
from safesend.ledger.history import Order, PastRun, Share, Switch
from safesend.ledger.values import Control, State

RUN = PastRun(
    number=1, started=NOON, ended=None, relay="", actor="", stopped="", alive=True
)


def led(past):
    return " ".join(filter(None, lead(account(past), ZONE)))


def test_what_when_who_and_to_how_many():
    """
    The first paragraph says it.
    """
    assert led(FULL) == (
        "This mailing is for 104 people. Each is sent one message of their own with one"
        " recipient: nobody can see anybody else in it. The first message was accepted"
        " on 1 March 2027, 13:00:01, the last one on 1 March 2027, 13:05:40, 5 min 39 s"
        " later. 2 runs were started by ada and bob. 1 of the addresses is the sender's"
        " own, to see what arrives."
    )


def test_what_never_began_is_not_told_as_if_it_had():
    """
    A campaign that no list went live in.
    """
    assert led(empty()) == (
        "Nothing was sent: no rehearsal of this campaign was ever passed. No mail"
        " server has accepted a message so far."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "test", "about": "of spring"}, "It was a test of spring: nobody"),
        ({"kind": "redirected", "about": "to q…@x.de"}, "redirected to q…@x.de."),
        (
            {"kind": "correction", "about": "of winter"},
            "It was a correction of winter.",
        ),
        ({"control": Control.PAUSE}, "It is paused."),
        ({"control": Control.CANCEL}, "nobody else gets it"),
        ({"counts": {State.ACCEPTED: 1}}, "for 1 person. Each is sent"),
        (
            {"last_accepted": NOON + 1},
            "The messages were accepted on 1 March 2027, 13:00:01.",
        ),
        (
            {"purged": NOON, "first_accepted": None},
            "When they were answered was purged",
        ),
        ({"runs": FULL.runs[:1]}, "1 run was started by ada."),
        ({"runs": ()}, "later."),
        ({"shares": (Share("example.org", State.ACCEPTED, 4),)}, "ada and bob."),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(changes, words):
    """
    Tests and corrections, pauses, a single person, a single moment.
    """
    assert words in led(attrs.evolve(FULL, **changes))


def test_the_figures_to_begin_with():
    """
    What nobody is in is left out, but for refusals and doubts: that there were none
    is worth knowing.
    """
    told = [(group, number) for group, number, _ in headline(account(FULL))]
    calm = headline(account(empty(counts={State.ACCEPTED: 3})))

    assert told == [
        ("accepted", "80"),
        ("refused", "10"),
        ("doubt", "4"),
        ("waiting", "6"),
        ("unsent", "4"),
    ]
    assert [(group, number) for group, number, _ in calm] == [
        ("accepted", "3"),
        ("refused", "0"),
        ("doubt", "0"),
    ]
    assert all(meaning for *_, meaning in headline(account(empty())))


def test_a_date_in_an_order_is_one_that_people_read():
    """
    The ledger has it in seconds; what somebody wrote stays as it is.
    """
    begin = Order(NOON, "begin", "", "ada", f"at {NOON:.0f}")

    assert reason_of(begin, ZONE) == "not before 1 March 2027, 13:00:00"
    for order in (
        attrs.evolve(begin, what="pause"),
        attrs.evolve(begin, reason="at last"),
    ):
        assert reason_of(order, ZONE) == order.reason


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "still at it"),
        ({"alive": False}, "its process is gone, without a word"),
        ({"ended": NOON}, "came to its end"),
        ({"ended": NOON, "stopped": "paused"}, "stopped: paused"),
    ],
)
def test_how_runs_end(changes, told):
    """
    A run that died is not one that is still at it.
    """
    assert fate_of_run(attrs.evolve(RUN, **changes)) == told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "No date is set"),
        ({"keep_for": 30 * 86_400}, "is purged 30 days after the end"),
        ({"purged": NOON}, "was purged on 1 March 2027, 13:00:00; what is left"),
        ({}, "Addresses and fields of 10 people are kept"),
        ({"counts": {State.ACCEPTED: 7}}, "No address and no field"),
    ],
)
def test_what_is_kept_of_whom(changes, words):
    """
    What waits or is in doubt keeps its address; what was purged keeps nothing.
    """
    assert words in " ".join(retention(account(attrs.evolve(FULL, **changes)), ZONE))


def test_a_switch_is_told_by_its_carriers():
    """
    From which to which, and of no mail host of a recipient.
    """
    left = "mx://?helo=h > mx:mail.ada-lovelace.example:ab12"
    told = way_of(Switch(NOON, left, "smtp://relay.example.org", "", ""))
    assert told == "mail went from mx://?helo=h to smtp://relay.example.org"
