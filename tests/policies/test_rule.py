"""A rule that breaks a law cannot be made."""

import re

import pytest

from policies.spoken import said
from safesend.delivery import Stage
from safesend.errors import ConfigurationError
from safesend.policies.rule import (
    Action,
    BadRule,
    Codes,
    Meaning,
    Rule,
    Scope,
    Wording,
)

SOFT, HARD = frozenset(range(400, 500)), frozenset(range(500, 600))
RCPT = frozenset({Stage.RCPT})


def rule(scope=Scope.RECIPIENT, do="fail", codes=HARD, **fields):
    """A rule that gives one recipient up, unless told otherwise."""
    actions = frozenset(map(Action, do.split()))
    return Rule(
        name="own", scope=scope, actions=actions, codes=codes, means="it", **fields
    )


@pytest.mark.parametrize(
    ("field", "reason", "fields"),
    [
        ("do", "say what is done", {"do": ""}),
        ("scope", "'stop' goes with", {"do": "stop"}),
        ("scope", "'stop' goes with", {"scope": Scope.RUN, "do": "pause"}),
        ("do", "'stop' stands alone", {"scope": Scope.RUN, "do": "stop fail"}),
        ("stage", "before MAIL", {"stages": frozenset({Stage.EHLO})}),
        ("do", "'slow' and 'pause'", {"do": "slow", "codes": SOFT}),
        ("do", "'fail' gives", {"scope": Scope.ROUTE, "do": "fail slow"}),
        ("stage", "'suppress' needs", {"do": "fail suppress"}),
        (
            "stage",
            "'suppress' needs",
            {"do": "fail suppress", "stages": RCPT | {Stage.CONTENT}},
        ),
        (
            "code",
            "'suppress' needs",
            {"do": "fail suppress", "stages": RCPT, "codes": HARD | {450}},
        ),
        ("do", "'suppress' goes with", {"do": "suppress", "stages": RCPT}),
        (
            "do",
            "'suppress' goes with",
            {"scope": Scope.MESSAGE, "do": "fail suppress", "stages": RCPT},
        ),
        ("do", "'fail' needs codes that are 5xx", {"codes": SOFT}),
        ("do", "'fail' needs codes that are 5xx", {"codes": SOFT | HARD}),
        ("do", "'later' needs codes that are 4xx", {"do": "later"}),
        ("do", "'later' needs", {"scope": Scope.ROUTE, "do": "later slow"}),
        (
            "temporary",
            "is so anyway",
            {"codes": SOFT, "temporary": True, "do": "later"},
        ),
        ("pause", "go together", {"scope": Scope.ROUTE, "do": "pause"}),
        ("pause", "go together", {"pause": 60.0}),
        ("pause", "go together", {"in_a_row": 3, "then": Action.PAUSE}),
        ("used_up", "'pause' in do", {"used_up": True}),
        ("wait", "only what goes again", {"wait": 60.0}),
        ("then", "go together", {"in_a_row": 3}),
        ("then", "go together", {"then": Action.STOP}),
        ("in_a_row", "from 2 on", {"in_a_row": 1, "then": Action.STOP}),
        ("then", "one of pause, slow, stop", {"in_a_row": 3, "then": Action.FAIL}),
    ],
)
def test_a_law_that_is_broken_is_named(field, reason, fields):
    """The error has the rule, the field and what is allowed."""
    with pytest.raises(BadRule, match="rule 'own'") as caught:
        rule(**fields)
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert isinstance(caught.value, ConfigurationError)


def test_a_refusal_of_the_way_keeps_the_row():
    """5xx with a pause: nobody judged the row; with fail the row is over."""
    reply = said("connect", "554 5.7.1 no")
    resting = rule(scope=Scope.ROUTE, do="pause", pause=60.0)
    assert resting.verdict(reply, "").meaning is Meaning.UNTOUCHED
    ending = rule(scope=Scope.ROUTE)
    assert ending.verdict(reply, "").meaning is Meaning.NEVER


def test_a_rule_without_stage_fits_where_its_scope_can_be_spoken_of():
    """One recipient: from MAIL on; a route: anywhere; before any server: never."""
    narrow, wide = rule(), rule(scope=Scope.ROUTE)
    fitting = {stage for stage in Stage if narrow.at(stage, 550)}
    assert fitting == {Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.CONTENT}
    assert {stage for stage in Stage if wide.at(stage, 550)} == {*Stage} - {"compose"}
    assert not narrow.at(Stage.RCPT, 450)


def test_421_is_never_about_one_recipient():
    """The line is gone with it; no try is used up (RFC 5321 section 3.8)."""
    own = rule(do="later", codes=SOFT)
    bye = own.verdict(said("rcpt", "421 bye"), "")
    assert (bye.scope, bye.attempt) == (Scope.CONNECTION, False)
    busy = own.verdict(said("rcpt", "450 busy"), "")
    assert (busy.scope, busy.attempt) == (Scope.RECIPIENT, True)


def test_a_providers_rule_says_which_provider_it_was():
    """Pause and slow concern its mail only."""
    own = rule(providers=frozenset({"a", "b"}))
    assert own.verdict(said("rcpt", "550 no"), "b").provider == "b"
    assert rule().verdict(said("rcpt", "550 no"), "b").provider is None


def test_then_has_its_own_pause():
    """What follows a row of the same does not happen at once."""
    own = rule(in_a_row=3, then=Action.PAUSE, pause=60.0)
    verdict = own.verdict(said("rcpt", "550 no"), "")
    assert (verdict.pause, verdict.then_pause) == (None, 60.0)
    assert (verdict.in_a_row, verdict.then) == (3, Action.PAUSE)


def test_codes_and_wordings_are_asked_with_in():
    """Single codes, patterns, and words."""
    codes = Codes(
        frozenset({"5.1.1"}), re.compile(r"5\.7\.\d{1,3}"), ("5.1.1", "5.7.x")
    )
    assert "5.1.1" in codes
    assert "5.7.509" in codes
    assert "5.1.10" not in codes
    assert "5.1.1" in Codes(frozenset({"5.1.1"}), None, ("5.1.1",))
    assert "a b" in Wording("A B", re.compile("a b"))
    assert "b a" not in Wording("A B", re.compile("a b"))


def test_a_stop_without_advice_is_a_sentence_still():
    """What it means, then what the server said."""
    own = rule(scope=Scope.RUN, do="stop")
    assert own.verdict(said("content", "554 no"), "").stop == "it: 554 no"
