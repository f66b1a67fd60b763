"""checks/seams.py: what a value touches is read with it."""

from __future__ import annotations

import base64

import pytest

from safesend import Campaign, Recipient, Template

ADA = "ada@example.org"
_BASE64 = base64.b64encode(ADA.encode()).decode()


def _leaks(rows, *, subject="Hello", **letter):
    template = Template(subject=subject, **letter)
    sender = "news@sender.example"
    campaign = Campaign(name="x", sender=sender, template=template, audience=rows)
    return campaign.rehearse().leaks


def _found(values, **letter):
    """The checks that refuse, when the third of three rows holds these values."""
    dull = dict.fromkeys(values, "q")
    rows = [
        Recipient.from_row("zed@example.net", dull),
        Recipient.from_row(
            ADA, {**dull, "full_name": "Ada Lovelace", "no": "KD-471108"}
        ),
        Recipient.from_row("bob@example.com", values, source="list.csv:4"),
    ]
    leaks = _leaks(rows, **letter)
    return {leak.check for leak in leaks if leak.row == "list.csv:4"}


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("{{ x }} {{ y }}", "ada", "@example.org"),
        ("{{ x }} {{ y }}", "ada@", "example.org"),
        ("{{ x }} example.org", "ada@", "-"),
        ("{{ x }} AT {{ y }}", "ada", "example.org"),
        ("{{ x }} {{ y }}", "ada", "AT example.org"),
        ("{{ x }} (at) {{ y }}", "ada", "example.org"),
        ("{{ x }} {{ y }}", "ada", "(at) example.org"),
        ("{{ x }} {at} {{ y }}", "ada", "example.org"),
        ("{{ x }} ( at ) {{ y }}", "ada", "example.org"),
        ("{{ x }} (\u00e4t) {{ y }}", "ada", "example.org"),
        ("{{ x }}@{{ y }} dot org", "ada", "example"),
        ("{{ x }}_at_{{ y }}", "ada", "example_dot_org"),
        ("{{ x }}{{ y }}", "ada", "@example.org"),
        ("{{ x }}{{ y }}", _BASE64[:10], _BASE64[10:]),
        ("{{ x }}", "YWRhQGV4\nYW1wbGUu\nb3Jn", "-"),
        ("{{ x }}", "61 64 61 40 65 78 61 6d 70 6c 65 2e 6f 72 67", "-"),
        ("{{ x }}", "ada+AEA-example.org", "-"),
        ("{{ x }}", "ada\uff0540example.org", "-"),
        ("{{ x }}", "ada\uff06#64;example.org", "-"),
        ("{{ x }}", "ada(a)example.org", "-"),
        ("{{ x }}", "ada (arroba) example.org", "-"),
    ],
)
def test_an_address_made_of_values_is_found(text, x, y):
    """Of two values, of values and what stands between them, in every disguise."""
    assert "I3" in _found({"x": x, "y": y}, text=text)
    assert "I3" in _found({"x": x, "y": y}, text="-", html=f"<p>{text}</p>")
    if "\n" not in x:
        assert "I3" in _found({"x": x, "y": y}, text="-", subject=text)


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("{{ x }} {{ y }}", "Ada", "Lovelace"),
        ("{{ y }}, {{ x }}", "Ada", "Lovelace"),
        ("KD-{{ x }}", "471108", "-"),
        ("{{ x }}-{{ y }}", "KD", "471108"),
    ],
)
def test_a_value_of_another_row_made_of_two_is_found(text, x, y):
    """Names whose two columns have slipped, and numbers behind their prefix."""
    assert _found({"x": x, "y": y}, text=text) == {"L17"}


def test_a_subject_with_logic_is_read_as_it_is_shown():
    """A name that the header holds as an encoded word."""
    rows = [
        Recipient("zed@example.net", name="Zed", of=["q"]),
        Recipient("ada@example.org", name="J\u00fcrgen M\u00fcllerson", of=["q"]),
        Recipient("bob@example.com", name="Bob", of=["J\u00fcrgen M\u00fcllerson"]),
    ]
    subject = "{% for one in of %}{{ one }}{% endfor %}"
    leaks = _leaks(rows, text="-", subject=subject)
    assert {leak.check for leak in leaks} == {"L17"}


@pytest.mark.parametrize(
    "between",
    [
        "<b></b>",
        "<!-- a -->",
        "<!-- a > b <i> -->",
        "<!-- if (a>b) --!>",
        "<i title='>'></i>",
        '<i title=">" lang=en></i>',
    ],
)
def test_an_address_in_an_html_with_logic_is_found_behind_tags(between):
    """A ">" in a comment or in a quoted value ends no tag."""
    x = f"a{between}da@example.org"
    assert "I3" in _found({"x": x, "y": "-"}, text="-", html="<p>{{ x|safe }}</p>")


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }} {{ y }}",
        "{{ x }} at {{ y }}",
        "({{ x }}) {{ y }} dot {{ x }}",
        "{{ x }}",
    ],
)
def test_ordinary_values_are_no_alarm(text):
    """Whatever stands beside them."""
    for x, y in [("Bob", "Miller"), ("61 64", "KD-99"), ("AT", "dot"), ("ada", "org")]:
        assert _found({"x": x, "y": y}, text=text) == set()


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("Dear {{ x }},", "None"),
        ("Dear {{ x }},", "nan"),
        ("a\n\nHello Mr {{ x|title }},\n", None),
        ("Dear {{ x|replace('y', 'z') }},", None),
        ("Dear {{ x|trim }},", "[Vorname]"),
        ("a {{ x|trim }} b", "%%FIRST_NAME%%"),
    ],
)
def test_nobody_is_greeted_in_any_row(text, x):
    """What a program writes for no value is refused with the line that greets."""
    page = "".join(f"<p>{line}</p>" for line in text.splitlines())

    assert _found({"x": x}, text=text) == {"L37"}
    assert _found({"x": x}, text="-", html=page) == {"L37"}


def test_a_greeting_that_an_expression_leaves_empty_is_told():
    """As it is where Jinja2 renders the whole text."""
    template = Template("-", text="Dear {{ x or '' }},\n")
    rows = [Recipient("ada@example.org", x="Ada"), Recipient("bob@example.org", x="")]
    campaign = Campaign(
        name="x", sender="n@sender.example", template=template, audience=rows
    )
    rehearsal = campaign.rehearse()

    assert rehearsal.ok
    assert [leak.check for leak in rehearsal.warnings] == ["L37"]


@pytest.mark.parametrize(
    "text", ["{{ x|lower }}", "{{ x|trim }}@{{ y|trim }}", "{{ x or '' }}@example.org"]
)
def test_what_an_expression_makes_is_read_and_not_its_fields(text):
    """An address that a filter puts together is found."""
    values = {
        "x": "ADA@EXAMPLE.ORG" if "lower" in text else " ada ",
        "y": "example.org",
    }

    assert "I3" in _found(values, text=text)
    assert "I3" in _found(values, text="-", html=f"<p>{text}</p>")
    assert "I3" in _found(values, subject="Hi " + text.replace("{{ y", "{{y"), text="-")
