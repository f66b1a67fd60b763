"""cli/foresight.py: what was found, as a person reads it."""

import re

import pytest

from safesend.cli.foresight import tell_preflight, verdict
from safesend.preflight.profiles import standings
from safesend.preflight.report import Finding, Grade, skipped
from safesend.preflight.result import Preflight

RECORD = 'example.org. IN TXT "v=spf1 ' + "ip4:192.0.2.1 " * 20 + '-all"'


def _finding(check, grade=Grade.PASS, **more):
    reason = more.pop("reason", f"{check} is so")
    return Finding(
        check=check,
        what=more.pop("what", "SPF"),
        about=more.pop("about", "example.org"),
        grade=grade,
        reason=reason,
        **more,
    )


def _result(*findings, people=3, recipients=None):
    return Preflight(
        campaign="fair",
        people=people,
        findings=findings,
        profiles=standings(findings, recipients or {"gmail.com": people}),
    )


def _again(command):
    return f"{command} fair"


@pytest.fixture
def told(capsys, monkeypatch):
    """What is printed on a screen of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def tell(*findings, standings=(), **more):
        tell_preflight(_result(*findings, **more), standings, _again)
        return capsys.readouterr().out

    return tell


def test_each_check_has_one_line_with_a_mark(told):
    """
    That can be read without colours.
    """
    out = told(
        _finding("P1"),
        _finding("P2", Grade.WARN),
        _finding("P4", Grade.FAIL),
        _finding("P5", Grade.UNKNOWN),
    )
    assert out.startswith("Will it arrive? fair: 3 people, looked at in 0.0 s.\n")
    assert "\n  ok   P1   SPF               P1 is so.\n" in out
    assert "\n  warn P2   DKIM key          1 to look at; see below\n" in out
    assert "\n  FAIL P4   DMARC             1 to mend; see below\n" in out
    assert "\n  ?    P5   your domains      1 not seen; see below\n" in out


def test_of_what_is_well_the_rest_is_counted(told):
    """
    The first reason stands for all of them.
    """
    out = told(_finding("P1"), _finding("P1"), _finding("P1"))
    assert "P1 is so (and 2 more).\n" in out


def test_what_is_not_well_comes_below_the_worst_first(told):
    """
    With what was seen, and what to publish.
    """
    out = told(
        _finding("P1", Grade.WARN, seen=("v=spf1 ?all",), publish=RECORD),
        _finding("P4", Grade.FAIL, what="DMARC", publish="make that mailbox"),
    )
    below = out.partition("\n\n  FAIL")[2]
    assert below.index("DMARC: example.org") < below.index("SPF: example.org")
    assert (
        "       P4 is so.\n       Publish, or do:\n         Make that mailbox." in below
    )
    assert "       Seen:\n         v=spf1 ?all\n" in below


def test_a_record_is_one_line_however_long_and_a_sentence_is_not(told):
    """
    So it can be copied; other lines keep to the screen.
    """
    deed = "put " + "the name " * 30
    out = told(_finding("P1", Grade.FAIL, publish=f"{RECORD}\n{deed}"))
    assert f"         {RECORD}\n" in out
    others = [line for line in out.splitlines() if RECORD not in line]
    assert max(map(len, others)) < 80


def test_what_one_record_mends_stands_together(told):
    """
    Its troubles are told one after the other, the record once.
    """
    one = _finding("P1", Grade.FAIL, reason="nobody may send", publish=RECORD)
    two = _finding("P1", Grade.WARN, reason="it is long", publish=RECORD)
    out = told(one, two)
    assert out.count(RECORD) == 1
    assert "       Nobody may send.\n       It is long.\n" in out
    assert "1 to mend, 1 to look at; see below" in out


def test_what_is_no_plain_word_is_left_as_it_is(told):
    """
    The name of a record is not written with a capital.
    """
    out = told(_finding("P1", Grade.FAIL, reason="t=y: it is a test"))
    assert "       t=y: it is a test.\n" in out


def test_nothing_can_steer_the_terminal(told):
    """
    A record in DNS may hold anything.
    """
    seen = ("v=spf1 \x1b[2J",)
    out = told(_finding("P1", Grade.FAIL, seen=seen, reason="\x1b]0;x\x07"))
    assert "\x1b[2J" not in out
    assert "\x1b]" not in out
    assert "\\x1b[2J" in out


def test_a_record_cannot_pretend_to_be_a_line_of_ours(told):
    """
    It is one line, whatever stands in it.
    """
    out = told(_finding("P1", Grade.FAIL, seen=("v=spf1\n  ok   P2\tDKIM",)))
    assert "         v=spf1\\n  ok   P2\\tDKIM\n" in out


def test_nobody_has_to_read_what_has_no_end(told):
    """
    It is cut, and says so.
    """
    seen = ("x" * 64_000, *map(str, range(1_000)))
    out = told(_finding("P1", Grade.FAIL, seen=seen, reason="y" * 64_000))
    assert " ".join(out.split()).count("... (64,000 characters)") == 2
    assert "... and 971 more\n" in out
    assert len(out) < 10_000


def test_colours_are_for_terminals_only(told):
    """
    A file has none.
    """
    assert "\x1b" not in told(_finding("P1"), _finding("P4", Grade.FAIL))


def test_providers_say_what_they_miss(told):
    """
    How many requirements are met, and which are not.
    """
    found = (_finding("P1"), _finding("P4", Grade.FAIL), _finding("P2", Grade.WARN))
    few = standings(found, {"gmail.com": 3, "aol.com": 9})
    out = told(*found, standings=few[:2])
    assert "What providers ask of senders:" in out
    assert re.search(r"  \? +Gmail \(3 people\): 2 of 8 met\n", out)
    assert "asked from 5,000 messages a day on: From has a DMARC policy" in out
    assert "  FAIL Yahoo and AOL (9 people): 1 of 7 met\n" in out
    assert "missing: From has a DMARC policy" in out
    assert "not seen: The domains of From and of bounces exist in DNS." in out
    assert "look at: DKIM is in order." in out


def test_what_cannot_be_seen_is_told_of_a_provider_that_is_named(capsys):
    """
    Complaints, for example.
    """
    standings_now = standings((), {"gmail.com": 1})[:1]
    tell_preflight(_result(), standings_now, _again, beyond=True)
    out = " ".join(capsys.readouterr().out.split())
    assert "asked, and not to be seen here: Fewer than 1 in 1,000 people" in out


def test_providers_without_people_are_told_so(told):
    """
    Where they are asked for.
    """
    out = told(standings=standings((), {})[:1], people=0)
    assert "Gmail (nobody on this list)" in out
    assert out.startswith("Will it arrive? fair: looked at in")


@pytest.mark.parametrize(
    ("grade", "words", "command"),
    [
        (Grade.FAIL, "Do not send yet. Mend or publish", "preflight"),
        (Grade.UNKNOWN, "Look again in a few minutes:", "preflight"),
        (Grade.WARN, "Look at what is marked 'warn'", "send"),
        (Grade.PASS, "Nothing stands in the way. To send:", "send"),
    ],
)
def test_the_last_lines_say_what_to_do(told, grade, words, command):
    """
    In words, and as a command that can be copied.
    """
    assert words in verdict([_finding("P1", grade)])[0]
    out = told(_finding("P1", grade))
    assert words in " ".join(out.split())
    assert out.endswith(f":\n  safesend {command} fair\n")


def test_where_nothing_is_to_be_published_nobody_waits_for_dns(told):
    """
    A list is mended in a moment.
    """
    dns = "wait until DNS tells it"
    mended = told(_finding("P1", Grade.WARN), _finding("P12", Grade.FAIL))
    assert dns not in " ".join(mended.split())
    assert "Mend what stands under FAIL, and look again:" in mended
    both = told(_finding("P1", Grade.FAIL), _finding("P12", Grade.FAIL))
    assert dns in " ".join(both.split())


def test_a_narrow_screen_is_used_as_it_is(monkeypatch, capsys):
    """
    Forty columns are enough for anybody's sentence.
    """
    monkeypatch.setenv("COLUMNS", "20")
    tell_preflight(_result(_finding("P1", Grade.FAIL)), (), _again)
    lines = capsys.readouterr().out.splitlines()[4:]
    assert max(map(len, lines)) <= 40


def test_that_dns_told_nothing_at_all_is_said(told):
    """
    Then it is not the fault of one domain.
    """
    silent = [_finding(check, Grade.UNKNOWN) for check in ("P1", "P4", "P9")]
    words = "See whether this machine is on the net"
    assert words in " ".join(told(*silent).split())
    misspelt = _finding("P9", Grade.WARN, what="Spelling")  # without DNS
    unasked = _finding("P9", Grade.SKIPPED)
    assert words in " ".join(told(*silent, misspelt, unasked).split())
    assert words not in told(*silent, _finding("P5"))
    assert words not in told(_finding("P1", Grade.UNKNOWN))


def test_where_nothing_was_looked_at_nothing_is_praised(told):
    """
    A carrier into files has no server: it says what to give, and to look again.
    """
    server = skipped("P7", "TLS", "no mail server is named", "name yours")
    for out in (told(), told(server)):
        assert "Nothing was looked at" in out
        assert out.endswith("again:\n  safesend preflight fair\n")
        assert "Nothing stands in the way" not in out
    assert "\n  -    P7   encryption        1 not looked at; see below\n" in out
    assert (
        "\n  -    P7   TLS\n       No mail server is named.\n"
        "       To have it looked at:\n         Name yours.\n"
    ) in out


def test_what_is_missing_for_several_checks_is_told_once(told):
    """
    One server is enough for both.
    """
    both = [skipped(f"P{n}", f"it {n}", "no server", "name it") for n in (7, 8)]
    out = told(*both)
    assert "\n  -    P7, P8 It 7, it 8\n       No server.\n       To have" in out
    assert out.count("Name it.") == 1


def test_what_was_not_looked_at_is_not_praised_with_the_rest(told):
    """
    Its checks are named where the rest is well; a part of one is counted in its line.
    """
    server = skipped("P7", "TLS", "no mail server is named", "name yours")
    opening = skipped("P11", "Opening", "it was not tried", "try it")
    out = told(_finding("P1"), server, _finding("P11"), _finding("P11"), opening)
    line = "P11 is so (and 1 more). 1 not looked at; see below."
    assert line in " ".join(out.split())
    assert out.endswith(
        "\nNot looked at, as is told above: P7.\nNothing stands in the way. To send:\n"
        "  safesend send fair\n"
    )


def test_a_record_that_is_only_blanks_breaks_nothing(told):
    """
    DNS may hold anything.
    """
    out = told(_finding("P1", Grade.FAIL, reason=" ", seen=(" ",), publish=" "))
    assert "FAIL P1   SPF: example.org" in out
