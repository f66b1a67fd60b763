import attrs

from dossier.pasts import FULL, NOON, ZONE, account, empty
from safesend.dossier.text import lines
from safesend.ledger.history import Order


def told(past):
    return "\n".join(lines(account(past), ZONE))


def test_everything_is_told_in_plain_text():
    """
    Each thing that an account is asked for has its line.
    """
    text = told(FULL)

    for line in (
        "The account of spring letter",
        "       80  accepted, 76.9\N{NO-BREAK SPACE}%",
        "2 people of the accepted by a decision, not by a server's word",
        "       29  example.net, 65.5\N{NO-BREAK SPACE}% accepted",
        "        9  refused: 550 5.1.1 no such user",
        "        1  refused: no reply",
        "1 March 2027, 13:01:40  ada paused it: is the date right?",
        "1 March 2027, 13:03:20  ada let it go on\n",
        "bob paused it, for example.net: they throttle us",
        "the settings of a run had messages in doubt counted as accepted: 2 in doubt",
        "ada something new: why not",
        "A pilot of 5 people went first; the rest: let go 1 March 2027, 13:05:00.",
        "The mail for example.net is paused.",
        "carla agreed to the content 129a-129a: the board agreed",
        "104 messages, 104 new, in 2.3 s, by ada",
        "      L02  A list of blind copies is sent along",
        "L16 in html: the logo is our own",
        "        3  to smtp://mail.example.org:587: TLS 1.3, certificate of",
        "to mx:example.net: the carrier does not say how it was secured",
        "1 March 2027, 13:00:50  mail went from smtp://mail.example.org:587 to mx:: c",
        "the mail for google went from mx: nowhere, no other was in order: 421 4.7.28",
        "1 March 2027, 13:00:00  by ada, stopped: paused",
        "Made on 1 March 2027, 14:00:00 (CET, UTC+01:00) from /srv/spring.safesend.db",
    ):
        assert line in text


def test_prose_fits_a_terminal():
    """
    What servers and people wrote may be longer.
    """
    assert max(map(len, lines(account(empty()), ZONE))) <= 88


def test_what_did_not_happen_has_no_heading():
    """
    A campaign without orders tells none.
    """
    text = told(empty())

    for title in ("Orders", "Outcomes", "Runs", "Travelled", "Checked", "Let pass"):
        assert f"\n{title}\n" not in text


def test_long_lists_are_cut():
    """
    Twenty orders, and how many more there are.
    """
    orders = tuple(Order(NOON + n, "pause", "", "ada", f"{n}") for n in range(23))
    text = told(attrs.evolve(FULL, orders=orders, pilot_over=None))

    assert text.count("ada paused it") == 20
    assert "and 3 more (--json has all of them)" in text
    assert "the rest: not yet let go." in text
