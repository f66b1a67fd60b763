"""What a reply leads to: the built-in table, row by row, and the laws over it."""

from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from policies.spoken import said
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.errors import ConfigurationError
from safesend.policies.replies import (
    Action,
    Meaning,
    Rulebook,
    Scope,
    builtin,
    judge,
)

RULES = builtin().rules
LATER, NEVER, UNTOUCHED = Meaning.LATER, Meaning.NEVER, Meaning.UNTOUCHED

CASES = Path(__file__).with_name("replies.txt").read_text("utf-8")


def _rows(heading):
    """The rows below a heading of the file, each a list of its cells."""
    part = next(one for one in CASES.split("\n# ") if one.startswith(heading))
    lines = part.strip().splitlines()[1:]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


GENERAL, GONE = _rows("whoever says it"), _rows("to RCPT")
PROVIDERS = _rows("providers")


@pytest.mark.parametrize("row", GENERAL, ids=" ".join)
def test_every_general_row_of_the_table(row):
    """Whatever server says it: the rule, what it speaks of and what is done."""
    stage, reply, rule, scope, actions, meaning = row
    verdict = judge(said(stage, reply))
    assert verdict.rule == rule
    assert (verdict.scope, verdict.actions) == (scope, {*actions.split()})
    kept = "" if verdict.attempt else ", no try"
    assert verdict.meaning.value + kept == meaning
    assert verdict.provider is None
    assert verdict.why
    assert not verdict.suppress


@pytest.mark.parametrize(("reply", "rule"), GONE)
def test_who_is_not_there_is_suppressed(reply, rule):
    """A mailbox that does not exist gets nothing more in any campaign."""
    verdict = judge(said("rcpt", reply))
    assert (verdict.rule, verdict.scope) == (rule, Scope.RECIPIENT)
    assert verdict.actions == {Action.FAIL, Action.SUPPRESS}
    assert (verdict.meaning, verdict.attempt, verdict.suppress) == (NEVER, True, True)


@pytest.mark.parametrize("row", PROVIDERS, ids=" ".join)
def test_every_row_of_a_provider(row):
    """Its own rule fits for this provider, and for nobody else."""
    provider, stage, reply, rule, actions, meaning, pause = row
    verdict = judge(said(stage, reply), provider)
    assert (verdict.rule, verdict.provider) == (rule, provider)
    assert verdict.actions == {*actions.split()}
    rest = f"{verdict.pause / 60:.0f} min" if verdict.pause else "-"
    assert (verdict.meaning.value, rest) == (meaning, pause)
    narrow = verdict.scope in {Scope.RECIPIENT, Scope.MESSAGE}
    assert verdict.attempt is narrow
    assert judge(said(stage, reply)).rule != rule
    assert judge(said(stage, reply), "elsewhere").provider is None


def test_every_rule_is_tried_here():
    """No rule of the table is without a reply that it decides."""
    tried = {case[2] for case in GENERAL} | {rule for _, rule in GONE}
    tried |= {case[3] for case in PROVIDERS}
    assert {rule.name for rule in RULES} == tried


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_explains_itself(rule):
    """What it means, what to do, and whence it is known."""
    assert rule.means
    assert rule.advice
    assert rule.source
    assert not rule.means.endswith(".")


def test_only_two_refusals_are_temporary_in_truth():
    """Too many recipients (552) and too fast for a mailbox (550 5.2.1)."""
    assert {rule.name for rule in RULES if rule.temporary} == {
        "recipient-rate-refused",
        "too-many-recipients-refused",
        "too-many-recipients-text",
    }


def test_waits_and_rows_of_the_same():
    """Greylisting waits five minutes; a third letter refused in a row stops."""
    grey = judge(said("rcpt", "450 4.7.1 no"))
    assert (grey.greylisted, grey.wait) == (True, 300.0)
    assert judge(said("rcpt", "450 4.2.1 no")).wait == 3600.0
    spam = judge(said("content", "554 5.7.1 spam"))
    assert (spam.in_a_row, spam.then) == (3, Action.STOP)
    policy = judge(said("rcpt", "550 5.7.1 policy"))
    assert (policy.then, policy.then_pause, policy.pause) == ("pause", 3600.0, None)
    many = judge(said("mail", "421 too many connections"))
    assert many.too_many_connections
    assert judge(said("connect", "421 RP-003"), "microsoft").too_many_connections


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        ("450 4.7.1 Greylisted, try again in 10 minutes", 600.0),
        ("450 4.7.1 Greylisted, try again in 10 seconds", 300.0),
        ("450 busy, try again in 300 seconds", 300.0),
        ("450 busy", None),
        ("421 4.7.28 try again in 2 hours", 7200.0),
    ],
)
def test_the_longer_wait_counts(reply, wait):
    """The rule's, or what the reply itself asks for."""
    assert judge(said("rcpt", reply)).wait == wait


def test_what_the_reply_asks_does_not_hold_back_what_is_over():
    """A refusal has no next try."""
    assert judge(said("rcpt", "550 5.1.1 try again in 3 hours")).wait is None


def test_a_refused_sender_stops_the_run_and_says_why():
    """The sentence has the reply, with addresses masked, and what to do."""
    verdict = judge(Refused(Stage.MAIL, 550, "5.1.8", "no <ada@example.org> here"))
    assert verdict.stop == (
        "the server refuses the sender; send from an address that exists and whose"
        " domain takes mail: 550 5.1.8 no <a…@example.org> here"
    )


@pytest.mark.parametrize(
    ("outcome", "meaning", "scope"),
    [
        (Accepted(code=250), Meaning.DELIVERED, None),
        (Accepted(Stage.RCPT), Meaning.DELIVERED, None),
        (InDoubt(), Meaning.DOUBT, None),
        (NotSent(Stage.CONNECT), UNTOUCHED, Scope.CONNECTION),
        (NotSent(Stage.MAIL, 550, "5.7.1"), UNTOUCHED, Scope.CONNECTION),
        (Deferred(Stage.RCPT), LATER, Scope.MESSAGE),
        (Refused(Stage.MAIL, None, "5.3.4", "too big"), NEVER, Scope.MESSAGE),
        (Refused(Stage.MAIL, None, "5.6.7", "SMTPUTF8"), NEVER, Scope.MESSAGE),
        (Refused(Stage.COMPOSE, text="nothing was sent"), NEVER, Scope.MESSAGE),
        (Refused(Stage.COMPOSE, 550, "5.1.1"), NEVER, Scope.MESSAGE),
        # A carrier that is no SMTP server: 503 of HTTP passes, 429 may not.
        (Deferred(Stage.CONTENT, 503), LATER, Scope.MESSAGE),
        (Refused(Stage.CONTENT, 404), NEVER, Scope.MESSAGE),
        (Refused(Stage.CONTENT, 700), NEVER, Scope.MESSAGE),
    ],
)
def test_what_no_server_refused_is_judged_without_rules(outcome, meaning, scope):
    """Our own words never meet a rule, whoever the provider is."""
    verdict = judge(outcome, "google")
    assert verdict == builtin().judge(outcome, "google")
    assert (verdict.meaning, verdict.scope) == (meaning, scope)
    assert (verdict.rule, verdict.stop, verdict.suppress) == ("", None, False)
    assert builtin().find(outcome, "google") is None


def test_a_book_without_rules_still_judges():
    """Where nothing fits, the first digit decides alone."""
    empty = Rulebook(())
    assert empty.judge(said("rcpt", "450 no")).meaning is LATER
    assert empty.judge(said("rcpt", "550 no")).meaning is NEVER


def test_the_builtin_book_is_read_once():
    """Every caller shares it."""
    assert builtin() is builtin()


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != "compose"])
@pytest.mark.parametrize("digit", [4, 5])
def test_no_reply_is_without_a_rule(stage, digit):
    """The fall-backs of each stage take every code."""
    for code in range(digit * 100, digit * 100 + 100):
        kind = Refused if digit == 5 else Deferred
        assert builtin().find(kind(stage, code)) is not None


def test_what_cannot_come_from_one_mailbox_stops_no_run():
    """At RCPT no code and no word stops at once, but for the providers' own rules."""
    stopping = [
        rule.name
        for rule in RULES
        if rule.scope is Scope.RUN
        and not rule.providers
        and any(rule.at(Stage.RCPT, code) for code in range(400, 600))
    ]
    assert stopping == ["daily-limit", "bad-name"]


OWN = """
[[rule]]
name = "our-relay"
stage = "content"
code = "5xx"
text = 'monthly volume'
scope = "run"
do = "stop"
means = "the month's volume at our relay is used up"
"""


def test_a_users_rules_come_first():
    """What they fit they decide; everything else stays as it was."""
    book = builtin().extended(OWN, "own.toml")
    reply = said("content", "554 5.7.1 Monthly volume is used up")
    assert book.judge(reply).rule == "our-relay"
    assert judge(reply).rule == "spam"
    other = said("content", "554 5.7.1 spam")
    assert book.judge(other) == judge(other)
    assert book.rules[1:] == RULES


def test_a_users_rule_takes_no_built_in_name():
    """A name means one rule, in reports as well."""
    with pytest.raises(ConfigurationError, match="rule 'spam': 'name'"):
        builtin().extended(OWN.replace("our-relay", "spam"), "own.toml")


# --- the laws ------------------------------------------------------------------------

ENHANCED = st.none() | st.builds(
    "{}.{}.{}".format,
    st.sampled_from("45"),
    st.integers(0, 9),
    st.integers(0, 700),
)
KNOWN = sorted(
    {code for rule in RULES if rule.enhanced for code in rule.enhanced.exact}
)
SPOKEN = """no such user rate limit too many connections recipients [TSS09] [CS01]
blocked spamhaus sender rejected quota full daily exceeded DMARC greylisted RP-003 try
again in 5 minutes 24 hours 5.7.32 account disabled relay"""
WORDS = st.lists(st.sampled_from(SPOKEN.split())).map(" ".join)
NAMES = st.sampled_from(
    ["", "google", "yahoo", "microsoft", "apple", "orange", "gmx", "elsewhere"]
)


@st.composite
def outcomes(draw):
    """Any reply at any stage, said in any words."""
    code = draw(st.integers(400, 599))
    kind = Refused if code >= 500 else Deferred
    enhanced = draw(ENHANCED | st.sampled_from(KNOWN))
    stage = draw(st.sampled_from(Stage))
    return kind(stage, draw(st.just(code) | st.none()), enhanced, draw(WORDS))


def hold(outcome, verdict):
    """Assert what is true of every verdict on a refusal or deferral."""
    permanent = isinstance(outcome, Refused)
    assert verdict.suppress <= (permanent and outcome.stage is Stage.RCPT)
    if verdict.suppress:
        assert (verdict.meaning, verdict.scope) == (NEVER, Scope.RECIPIENT)
    assert verdict.meaning in {LATER, NEVER, UNTOUCHED}
    if not permanent:
        assert verdict.meaning is not NEVER
    temporary = any(rule.name == verdict.rule for rule in RULES if rule.temporary)
    if permanent and not temporary:
        assert verdict.meaning is not LATER
    if verdict.meaning is UNTOUCHED:
        assert verdict.stop or verdict.actions & {Action.PAUSE, Action.SLOW}
    assert (verdict.stop is not None) == (verdict.scope is Scope.RUN)
    narrow = verdict.scope in {Scope.RECIPIENT, Scope.MESSAGE}
    assert verdict.attempt == narrow
    if outcome.code == 421 and outcome.stage is not Stage.COMPOSE:
        assert not narrow
    if outcome.code is None or outcome.stage is Stage.COMPOSE:
        assert (verdict.rule, verdict.provider, verdict.scope) == ("", None, "message")
    assert (verdict.pause is not None) == (Action.PAUSE in verdict.actions)
    assert verdict.wait is None or verdict.wait <= 86_400


@given(outcome=outcomes(), provider=NAMES)
def test_the_laws_hold_for_whatever_a_server_says(outcome, provider):
    """Suppressing, stopping, trying again: never more than the laws allow."""
    verdict = judge(outcome, provider)
    hold(outcome, verdict)
    assert verdict.provider in {None, provider}


SENSIBLE = [
    ('"5xx"', Scope.RECIPIENT, [Action.FAIL, Action.SUPPRESS]),
    ('"5xx"', Scope.MESSAGE, [Action.FAIL]),
    ("421", Scope.RECIPIENT, [Action.LATER]),
    ('["4xx", "5xx"]', Scope.RUN, [Action.STOP]),
    ('["4xx", "5xx"]', Scope.ROUTE, [Action.SLOW]),
    ('"5xx"', Scope.CONNECTION, [Action.FAIL]),
    ('"4xx"', Scope.CONNECTION, [Action.LATER, Action.SLOW]),
]
ANYTHING = st.tuples(
    st.sampled_from(['"4xx"', '"5xx"', "421", "550", "552"]),
    st.sampled_from(Scope),
    st.lists(st.sampled_from(Action), min_size=1, max_size=3, unique=True),
)


@st.composite
def tables(draw):
    """A rule as a user may write it, sensible or not."""
    stages = st.lists(st.sampled_from(sorted({*Stage} - {"compose"})), max_size=3)
    stage = draw(st.just(["rcpt"]) | stages)
    code, scope, done = draw(st.sampled_from(SENSIBLE) | ANYTHING)
    lines = [
        '[[rule]]\nname = "own"\nmeans = "something"',
        f"stage = {[str(one) for one in stage]}" if stage else "",
        f'code = {code}\nscope = "{scope}"\ndo = {[str(one) for one in done]}',
        draw(st.sampled_from(["", 'pause = "10m"'] if Action.PAUSE in done else [""])),
    ]
    return "\n".join(lines)


@given(outcome=outcomes(), table=tables())
def test_no_rule_of_a_user_can_break_the_laws(outcome, table):
    """It is refused when it is read, or it keeps them."""
    try:
        book = builtin().extended(table, "own.toml")
    except ConfigurationError as error:
        event(f"refused: {error}")
        return
    event("taken")
    verdict = book.judge(outcome)
    hold(outcome, verdict)
    assert verdict.rule in {"own", judge(outcome).rule}
