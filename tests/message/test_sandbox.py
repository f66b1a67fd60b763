import pytest
from jinja2 import TemplateSyntaxError
from jinja2.exceptions import SecurityError, UndefinedError

from safesend.message.sandbox import (
    Unprintable,
    compiled,
    explained,
    line_of,
    names,
    parsed,
)

NOBODY = frozenset()


def failure(source, **fields):
    try:
        compiled(source, html=False).render(fields)
    except Exception as error:  # noqa: BLE001  whatever it is, is looked at
        return error
    pytest.fail("it was rendered")


@pytest.mark.parametrize("html", [True, False])
def test_only_html_is_escaped(html):
    """A subject or text holds & and < as they are."""
    shown = compiled("{{ x }}\n", html=html).render({"x": "<&"})

    assert shown == ("&lt;&amp;\n" if html else "<&\n")


@pytest.mark.parametrize("word", ["include 'a'", "import 'a' as b", "extends 'a'"])
def test_other_templates_cannot_be_reached(word):
    """Not even inside of a condition; the line is told."""
    with pytest.raises(TemplateSyntaxError, match="a template is one text") as caught:
        parsed(f"\n{{% {word} %}}", html=False)

    assert line_of(caught.value) == 2


def test_names_are_those_that_a_row_must_bring():
    """What the source sets itself is not asked for."""
    tree = parsed("{% set a = b %}{{ a }}{{ range }}", html=False)

    assert names(tree) == {"b", "range"}


def test_an_unknown_field_is_told_from_a_missing_attribute():
    """The name of an attribute can be a value; it is never shown."""
    field = failure("{{ a }}")
    item = failure("{{ {}[secret] }}", secret="S3CR3T")

    assert explained(field, frozenset({"b"})) == "unknown field 'a'; the fields are: b"
    assert "S3CR3T" not in explained(item, NOBODY)
    assert isinstance(field, UndefinedError)
    assert isinstance(item, UndefinedError)


def test_what_the_sandbox_forbids_stays_forbidden():
    """An attribute that leads out of it, and a call that changes a value."""
    for source in ("{{ x.__class__.__mro__ }}", "{{ x.append(1) }}"):
        assert isinstance(failure(source, x=[]), SecurityError)


def test_the_line_is_that_of_the_template():
    """Also when it fails inside of a macro, the innermost counts; 0 if unknown."""
    source = "{% macro m(a) %}\n{{ a + 1 }}{% endmacro %}\n\n{{ m('x') }}"

    assert line_of(failure(source)) == 2
    assert line_of(ValueError("never raised")) == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TemplateSyntaxError("odd", 3), "odd"),
        (TemplateSyntaxError("", 3), "this is not a template"),
        (SecurityError("secret"), "not available"),
        (UndefinedError("secret"), "lacks"),
        (Unprintable("is empty (None)"), "a value is empty (None)"),
        (ValueError("secret"), "ValueError"),
    ],
)
def test_errors_are_explained_without_their_values(error, reason):
    """Their own text is shown only where it comes from the source."""
    assert reason in explained(error, NOBODY)
    assert "secret" not in explained(error, NOBODY)


def test_none_and_bytes_are_not_printed():
    """Wherever an expression gives them; constants of the source included."""
    for source in ("{{ none }}", "{{ x }}", "{{ x or none }}", "{{ b }}"):
        assert isinstance(failure(source, x=None, b=b""), Unprintable)


@pytest.mark.parametrize(
    "source",
    [
        "{{ self }}",
        "{{ x.upper }}",
        "{{ x|map('upper') }}",
        "{% for i in x recursive %}{{ loop }}{% endfor %}",
        "{% macro m() %}a{% endmacro %}{{ m }}",
    ],
)
def test_machinery_is_not_printed(source):
    """Nobody gets `<generator object ... at 0x7f...>`, or a column called self."""
    for html in (False, True):
        with pytest.raises(Unprintable, match="machinery"):
            compiled(source, html=html).render({"x": "ab", "self": "v"})


def test_what_machinery_gives_is_printed():
    """Loops, macros, methods and filters that are finished."""
    source = (
        "{% macro m() %}a{% endmacro %}{{ m() }}{{ x.upper() }}"
        "{{ x|map('upper')|join }}{% for i in x %}{{ loop.index }}{% endfor %}"
    )
    assert compiled(source, html=False).render(x="xy") == "aXYXY12"
