import csv
import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.pasts import FULL, NOON, ZONE, account, empty
from safesend import Recipient
from safesend.dossier.table import (
    FIGURES,
    RECIPIENTS,
    UNKNOWN,
    cells,
    figures,
    joined,
    recipients,
)
from safesend.ledger import open_ledger
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import RowNews
from safesend.ledger.history import Order
from safesend.ledger.values import NewRow, Result, State
from safesend.message.identity import CampaignKey

NAMES = ("ada", "bob", "eve")


def read(lines):
    return list(csv.reader(io.StringIO("".join(cells(lines)), newline="")))


def test_each_figure_has_its_line():
    """
    Where it belongs, whose it is, what it is called, and itself.
    """
    lines = read(figures(account(FULL), ZONE))

    assert lines[0] == list(FIGURES)
    assert {len(line) for line in lines} == {4}
    for line in (
        ["campaign", "", "campaign", "spring letter"],
        ["campaign", "", "people", "104"],
        ["campaign", "", "made", "2027-03-01T14:00:00+01:00"],
        ["campaign", "", "purged", ""],
        ["outcomes", "", "in_doubt", "4"],
        ["attempts", "", "1", "90"],
        ["providers", "example.org", "people", "74"],
        ["providers", "example.org", "refused", "10"],
        ["replies", "1", "reply", "550 5.1.1 no such user"],
        ["replies", "1", "number", "9"],
        ["orders", "1", "at", "2027-03-01T13:01:40+01:00"],
        ["orders", "1", "actor", "ada"],
        ["holds", "", "example.net", "pause"],
        ["timeline", "2027-03-01T13:05:00+01:00", "other", "8"],
    ):
        assert line in lines
    assert [line for line in lines if line[:1] == ["checks"]][1][3].startswith("Some")


def test_a_date_that_is_none_is_empty():
    """
    A campaign that may begin at once began at no date.
    """
    lines = read(figures(account(empty()), ZONE))

    assert ["campaign", "", "begins", ""] in lines


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(sign):
    """
    What a reason or a reply begins with is text, whatever it looks like.
    """
    [[cell]] = read([[f"{sign}SUM(A1:A9)"]])

    assert cell == f"'{sign}SUM(A1:A9)"


def test_numbers_stay_numbers():
    """
    Only texts are made harmless.
    """
    assert read([[7, None, 2.5, "a"]]) == [["7", "", "2.5", "a"]]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=1))
def test_any_line_can_be_read_again(line):
    """
    Quotes, commas and line ends stay in their cells.
    """
    [again] = read([line]) or [[]]

    assert [one.removeprefix("'") for one in again] == [
        one.removeprefix("'") for one in line
    ]


def test_an_order_cannot_break_out_of_its_cell():
    """
    Whoever gives a reason writes one cell.
    """
    order = Order(NOON, "pause", "", '=cmd|" /C calc"!A0', 'a",b')
    lines = read(figures(account(attrs.evolve(FULL, orders=(order,))), ZONE))

    assert ["orders", "1", "actor", '\'=cmd|" /C calc"!A0'] in lines
    assert ["orders", "1", "reason", 'a",b'] in lines


def test_people_are_told_with_their_address():
    """
    Who is in the list, as it stands there, with what became of the message; who is
    not known to the campaign is told so.
    """
    ledger = open_ledger(":memory:")
    campaign = ledger.campaign("spring", NOON).id
    key = CampaignKey(ledger.secret, "spring")
    people = [Recipient(f"{name}@example.org") for name in NAMES]
    ledger.begin_draft(campaign)
    rows = [
        NewRow(key.row(one.address), key.suppression(one.address), "example.org", b"")
        for one in people[:2]
    ]
    ledger.enrol(campaign, rows)
    ledger.go_live(campaign, b"", NOON)
    run = ledger.start_run(campaign, NOON)
    first, _ = ledger.claim(campaign, run, 2, NOON)
    no = Result(first.id, State.REFUSED, code=550, enhanced="5.1.1", text="=nobody")
    ledger.record(run, [no], NOON)
    heard = [
        Word(Heard.COMPLAINED, NOON + 1),
        Word(Heard.BOUNCED, NOON, 550, None, "no"),
    ]
    ledger.hindsight.hear(campaign, [RowNews(first.id, one) for one in heard], NOON)

    assert read(recipients(joined(ledger, "spring", people), ZONE)) == [
        list(RECIPIENTS),
        [
            *("ada@example.org", "refused", "2027-03-01T13:00:00+01:00", "1"),
            *("550", "5.1.1", "'=nobody", "bounced: 550 no; complained"),
        ],
        ["bob@example.org", "sending", "", "0", "", "", "", ""],
        ["eve@example.org", UNKNOWN, "", "", "", "", "", ""],
    ]
