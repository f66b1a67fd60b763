"""TOML -> rules, or an error that names file, line, rule and field."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Stage
from safesend.errors import ConfigurationError
from safesend.policies.rule import Action, Scope
from safesend.policies.rulefile import read_rules

RULE = """
[[rule]]
name = "own"
stage = ["rcpt", "content"]
code = [550, "4xx"]
enhanced = ["5.1.1", "x.7.28", "5.7.606-608", "4.2.x"]
text = 'Too Fast\\S'
provider = "google"
scope = "route"
do = "pause"
pause = "90m"
wait = "2h"
in_a_row = 5
then = "stop"
greylisted = true
too_many_connections = true
means = "too fast"
advice = "slow down"
source = "RFC 5321"
"""


def test_every_field_is_read():
    """One rule with everything in it."""
    (rule,) = read_rules(RULE, "own.toml")
    assert (rule.name, rule.scope, rule.actions) == ("own", Scope.ROUTE, {Action.PAUSE})
    assert rule.stages == {Stage.RCPT, Stage.CONTENT}
    assert rule.codes == {550, *range(400, 500)}
    assert rule.providers == {"google"}
    assert (rule.pause, rule.wait) == (5400.0, 7200.0)
    assert (rule.in_a_row, rule.then) == (5, Action.STOP)
    assert (rule.greylisted, rule.too_many_connections) == (True, True)
    assert (rule.means, rule.advice, rule.source) == (
        "too fast",
        "slow down",
        "RFC 5321",
    )


def test_enhanced_codes_may_have_an_x_or_a_range():
    """x stands for any number, and in front for 4 and 5."""
    (rule,) = read_rules(RULE, "own.toml")
    fitting = ["5.1.1", "4.7.28", "5.7.28", "5.7.606", "5.7.608", "4.2.0", "4.2.999"]
    assert [code for code in fitting if code not in rule.enhanced] == []
    others = ["4.1.1", "5.1.10", "5.7.609", "5.2.1", "", "4.2.", "x.7.28"]
    assert [code for code in others if code in rule.enhanced] == []
    (wide,) = read_rules(RULE.replace('"4.2.x"', '"x.x.5"'), "own.toml")
    assert "4.9.5" in wide.enhanced


def test_text_has_no_regard_to_case_but_for_classes():
    r"""Small letters are compared, and \S stays \S."""
    (rule,) = read_rules(RULE, "own.toml")
    assert rule.text.shown == r"Too Fast\S"
    assert "it was too fast!" in rule.text
    assert "it was too fast " not in rule.text
    (numbered,) = read_rules(RULE.replace(r"Too Fast\S", r"\x4bey"), "own.toml")
    assert "a key" in numbered.text


@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    [
        ('name = "own"', 'name = "Own Rule"', ":3: rule 'Own Rule': 'name': must be"),
        ('name = "own"', "name = 5", ":3: rule 1: 'name': must be small letters"),
        ('name = "own"', "", ":2: rule 1: 'name': must be small letters"),
        ("stage = [", 'stage = ["compose", ', ":4: .* none of connect, ehlo,"),
        ("stage = [", "stage = [[], ", ":4: rule 'own': 'stage': .* is none of"),
        ('stage = ["rcpt", "content"]', "stage = []", "'stage': an empty list"),
        ("code = [", "code = [250, ", ":5: .*'code': 250 is no code from 400 to 599"),
        ("code = [", 'code = ["6xx", ', ":5: .*'code': '6xx' is no code"),
        ("code = [", "code = [true, ", ":5: .*'code': True is no code"),
        ('"5.1.1"', '"2.1.1"', ":6: .*'enhanced': '2.1.1' is none of"),
        ('"5.1.1"', "5.1", ":6: .*'enhanced': 5.1 is none of"),
        ('"5.1.1"', '"5.x.1-3"', ":6: .*an x and a range"),
        ('"5.1.1"', '"5.1.3-1"', ":6: .*the range 3-1 ends before it begins"),
        (r"Too Fast\S", "(", ":7: .*'text': is no regular expression"),
        (r"Too Fast\S", "", ":7: .*'text': must have 1 to 400"),
        (r"Too Fast\S", "x" * 401, ":7: .*'text': must have 1 to 400"),
        (r"'Too Fast\S'", "5", ":7: .*'text': must be a text in quotes"),
        ('"google"', '"Google!"', ":8: .*'provider': 'Google!' is no name"),
        ('"google"', "8", ":8: .*'provider': 8 is no name"),
        ('"route"', '"all"', ":9: .*'scope': 'all' is none of recipient, message,"),
        ('"pause"', '"panic"', ":10: .*'do': 'panic' is none of slow, later, pause,"),
        ('"pause"', '["pause", "fail"]', ":10: .*'do': 'fail'"),
        ('"90m"', '"90"', ":11: .*'pause': '90' is no time: write \"90s\""),
        ('"90m"', '"0m"', ":11: .*'pause': '0m' is no time"),
        ('"2h"', "2", ":12: .*'wait': 2 is no time"),
        ("in_a_row = 5", "in_a_row = 1", ":13: .*'in_a_row': a whole number from 2"),
        ("in_a_row = 5", "in_a_row = true", ":13: .*'in_a_row': must be a whole"),
        ('then = "stop"', 'then = "fail"', ":14: .*'then': one of pause, slow, stop"),
        ("greylisted = true", "greylisted = 1", ":15: .*'greylisted': must be true or"),
        ('means = "too fast"', "", ":2: rule 'own': 'means': is missing or empty"),
        ("advice", "advise", ":18: .*'advise': is not known; did you mean 'advice'"),
        ("advice", "zzz", ":18: rule 'own': 'zzz': is not known; known: name, stage"),
        ("advice = ", "temporary = true\nadvice = ", ":18: .*only the built-in rules"),
        ("[[rule]]", "[[rules]]", ":2: 'rules' is not known"),
        ("[[rule]]", "[rule]", ":2: write each rule as a table"),
        ("[[rule]]", "rule = 5\n[[other]]", "'other' is not known"),
        ("[[rule]]", "[[rule", r":2:7: .*this is not TOML"),
        ("[[rule]]", "[[rule]]\nx = [1,\n", "this is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(line, instead, reason):
    """File, line, rule, field, and what is allowed."""
    assert line in RULE
    with pytest.raises(ConfigurationError) as caught:
        read_rules(RULE.replace(line, instead, 1), "own.toml")
    assert re.search(
        "own.toml" + reason if reason[0] == ":" else reason, str(caught.value)
    )


def test_two_rules_of_one_name_are_refused():
    """The second's line is told."""
    with pytest.raises(ConfigurationError, match=r"own.toml:22: two rules are called"):
        read_rules(RULE + RULE, "own.toml")


def test_a_rule_written_in_one_line_has_no_line_of_its_own():
    """Its number tells which it is."""
    text = 'rule = [{name = "a b"}]'
    with pytest.raises(ConfigurationError, match=r"own.toml: rule 'a b': 'name'"):
        read_rules(text, "own.toml")


def test_no_rules_are_no_fault():
    """An empty file changes nothing."""
    assert read_rules("# nothing yet\n", "own.toml") == ()


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(?:a|b)*c",
        "(a){9}",
        "a*a*b",
        ".*a.*b",
        "a{0,99}b{0,99}",
        "a?" * 9,
        "(?:a*|x)(?:a*|x)b",
        "(a*|x)a*b",
        "(?=(?:x|(?:a*|b)(?:a*|b)))c",
        "(?:a?|b?a?a?a?a?)" * 2,
        r"(a)\\1",
        "(?P<n>a)",
        "(?i:a)",
        "(?<=a)b",
    ],
)
def test_what_may_take_for_ever_is_refused(pattern):
    """Repeats of repeats, many repeats and back references."""
    text = RULE.replace(r"'Too Fast\S'", f'"{pattern}"')
    with pytest.raises(ConfigurationError, match="'text'"):
        read_rules(text, "own.toml")


@pytest.mark.parametrize(
    "pattern",
    [
        "a.*b|c.*d",
        "(?:a|b)?c",
        "(?:a*|b*|c?c?c?c?|d)(?:c?|d?c?c?c?)",
        "(?!(?:x|.*y))(?:a|b)",
        r"[*+?{(]+\*\+\?\{",
        r"[]*+]x*",
        r"[^]*+]x*",
        "^(?!.*sender)",
        "e-?mails?",
        "a+?",
    ],
)
def test_what_is_quick_is_taken(pattern):
    """One repeat between two bars; escapes and classes do not count."""
    (rule,) = read_rules(RULE.replace(r"Too Fast\S", pattern), "own.toml")
    assert rule.text.shown == pattern


VALUES = st.recursive(
    st.sampled_from(
        ["5.7.x", "rcpt", "stop", "10m", "4xx", "", "(", 5, 550, True, 1.5]
    ),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


FIELDS = """stage code enhanced text provider scope do pause wait in_a_row then means
advice source greylisted too_many_connections other"""


@given(st.dictionaries(st.sampled_from(FIELDS.split()), VALUES, max_size=5))
def test_any_table_is_a_rule_or_an_error(fields):
    """Whatever stands in a field, nothing but `ConfigurationError` comes of it."""
    whole = {
        "name": "own",
        "scope": "recipient",
        "do": "fail",
        "code": "5xx",
        "means": "it",
    } | fields
    lines = [f"{key} = {_toml(value)}" for key, value in whole.items()]
    text = "\n".join(["[[rule]]", *lines])
    try:
        (rule,) = read_rules(text, "own.toml")
    except ConfigurationError as error:
        told = str(error)
    else:
        told = f"own.toml:1: rule {rule.name!r}"
    assert re.match(r"own\.toml:\d+: rule 'own'", told)


def _toml(value):
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).replace("'", '"') if isinstance(value, str) else str(value)
