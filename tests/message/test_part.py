import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from safesend.errors import TemplateError
from safesend.message.html_to_text import rendered_to_text
from safesend.message.part import (
    Part,
    Slot,
    compile_part,
    slot_html,
    slot_text,
    text_part,
)
from safesend.message.placeholders import unfilled

SECRET = "S3CR3T"
SPECIAL = ["caller", "kwargs", "loop", "self", "super", "varargs"]

ANYTHING = st.one_of(
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text().map(Markup),
)
VALUES = ANYTHING.filter(
    lambda value: str(value).strip() and unfilled(str(value)) is None
)
CONSTANTS = st.text(alphabet="ab <&>\"'\n\r\té{} .%").filter(
    lambda text: not any(mark in text for mark in ("{{", "}}", "{%", "{#", "%}", "#}"))
)
NAMES = st.sampled_from(["name", "city", "x1", "_y", "größe", "First"])
# Sources as a user writes them, with the fields that they print.
BITS = st.lists(st.tuples(CONSTANTS.map(lambda text: text.strip("{}")), NAMES))


class Awkward:
    """A value that raises whatever is done with it."""

    def __str__(self):
        raise KeyError(SECRET)


def filled(part, fields, fill):
    """What the compiled path makes of a part: constants and filled slots."""
    pieces = part.pieces
    return "".join(p if isinstance(p, str) else fill(fields[p.name]) for p in pieces)


def source_of(bits):
    return "".join(f"{constant}{{{{ {name} }}}}" for constant, name in bits)


def refusal(source, fields, **options):
    part = compile_part("text", source, **options)
    with pytest.raises(TemplateError) as caught:
        part.render(fields)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("", ()),
        ("plain\n", ("plain\n",)),
        ("{{ a }}", (Slot("a"),)),
        ("Dear {{a}},\n{{ b }}{{ a }}", ("Dear ", Slot("a"), ",\n", *map(Slot, "ba"))),
        ("a{# note #}b", ("ab",)),
        ("a  {{- x -}}  b", ("a", Slot("x"), "b")),
        ("{% raw %}a{% endraw %} {{ x }}", ("a ", Slot("x"))),
        ("${{ price }}", ("$", Slot("price"))),
    ],
)
def test_constant_text_and_plain_names_become_pieces(source, pieces):
    """Neighbouring constants are one, and comments are gone."""
    assert compile_part("text", source).pieces == pieces


@pytest.mark.parametrize(
    "source",
    [
        "{% if a %}x{% endif %}",
        "{{ a|safe }}",
        "{{ a.b }}",
        "{{ a ~ b }}",
        "{{ 'a' }}",
        "{{ none }}",
        "{% set a = b %}{{ a }}",
        "{% for a in b %}{{ a }}{% endfor %}",
        *(f"{{{{ {name} }}}}" for name in SPECIAL),
    ],
)
def test_everything_else_is_logic(source):
    """Names that Jinja2 gives a meaning of its own are logic as well."""
    assert compile_part("text", source).pieces is None


def test_fields_are_all_names_that_a_source_uses():
    """Not those that it makes itself."""
    source = "{{ a }}{% for b in c %}{{ b.d }}{% endfor %}{{ e|default('') }}"

    assert compile_part("html", source, html=True).fields == {"a", "c", "e"}


@given(bits=BITS, values=st.dictionaries(NAMES, VALUES))
def test_filled_slots_are_what_jinja2_prints_in_a_text(bits, values):
    """The compiled path and the rendered one are the same, for any value."""
    part = compile_part("text", source_of(bits))
    fields = {name: "-" for _, name in bits} | values

    assert filled(part, fields, slot_text) == part.render(fields)


@given(bits=BITS, values=st.dictionaries(NAMES, VALUES))
def test_filled_slots_are_what_jinja2_prints_in_html(bits, values):
    """The same, with escaping."""
    part = compile_part("html", source_of(bits), html=True)
    fields = {name: "-" for _, name in bits} | values

    assert filled(part, fields, slot_html) == part.render(fields)


@given(value=VALUES)
def test_jinja2_itself_prints_what_the_slots_print(value):
    """Its own environment, not ours, as the witness."""
    import jinja2

    plain = jinja2.Template("{{ x }}", keep_trailing_newline=True)
    escaping = jinja2.Template("{{ x }}", autoescape=True, keep_trailing_newline=True)
    data = str(value)

    assert slot_text(value) == plain.render(x=value)
    assert slot_html(value) == escaping.render(x=data) == str(escape(data))


@pytest.mark.parametrize("value", [None, b"S3CR3T", bytearray(b"S3CR3T"), Awkward()])
@pytest.mark.parametrize("source", ["{{ who }}", "{{ who }}{% if who %}{% endif %}"])
def test_a_value_that_is_no_text_is_refused_on_both_paths(value, source):
    """None, bytes, and what cannot be printed."""
    error = refusal(source, {"who": value})

    assert error.part == "text"
    for fill in (slot_text, slot_html):
        with pytest.raises(TemplateError, match="field 'who'") as caught:
            fill(value, "who")
        assert SECRET not in str(caught.value)
        assert caught.value.__context__ is None


def test_a_slot_without_a_name_can_be_refused_as_well():
    """The name is for the message only."""
    with pytest.raises(TemplateError, match=r"^a field is empty \(None\)$"):
        slot_text(None)


@pytest.mark.parametrize("value", ["", " ", "\t\n", "\u3000"])
@pytest.mark.parametrize("source", ["{{ who }}", "{% if 1 %}Dear {{ who }}{% endif %}"])
@pytest.mark.parametrize("html", [False, True])
def test_a_blank_value_is_not_printed(value, source, html):
    """ "Dear ," is a hole in the list, and so it is said how to mean it."""
    part = compile_part("html" if html else "text", source, html=html)
    with pytest.raises(TemplateError, match="is empty; fill it, or write"):
        part.render({"who": value})


@pytest.mark.parametrize(
    "source",
    [
        "Dear {{ who or 'friend' }}",
        "Dear {{ who | default('friend', true) }}",
        "{% if who %}Dear {{ who }}{% else %}Dear friend{% endif %}",
    ],
)
def test_a_blank_value_can_be_tested_and_replaced(source):
    """Tests, defaults and `or` work as ever: a cell of spaces is empty as well."""
    part = compile_part("text", source)
    assert part.render({"who": ""}) == part.render({"who": " "}) == "Dear friend"
    assert part.render({"who": "Ada"}) == "Dear Ada"
    assert compile_part("text", "a{{ who or '' }}b").render({"who": ""}) == "ab"


@pytest.mark.parametrize("value", ["{{ name }}", " *|FNAME|* ", "%(x)s", "${x}"])
@pytest.mark.parametrize("source", ["{{ who }}", "{% if who %}{{ who }}{% endif %}"])
def test_a_value_that_is_an_unfilled_placeholder_is_refused(value, source):
    """On both paths, for that row, naming the field."""
    error = refusal(source, {"who": value})

    assert "field 'who' is an unfilled placeholder" in str(error)
    with pytest.raises(TemplateError, match="mend the list"):
        slot_html(value, "who")


def test_a_value_is_never_evaluated():
    """A cell may speak about templates; it is printed, not run."""
    value = "write {{ 7 * 7 }} or {% raw %} or ${x}"

    for source in ("{{ x }}", "{{ x ~ '' }}"):
        assert compile_part("text", source).render({"x": value}) == value


def test_none_may_be_asked_about():
    """Logic can leave a part out; only printing it is refused."""
    part = compile_part("text", "Dear {% if t %}{{ t }} {% endif %}{{ n }}")

    assert part.render({"t": None, "n": "Ada"}) == "Dear Ada"


@pytest.mark.parametrize("source", ["a\n\n{{ nmae }}", "\n\n{% if nmae %}{% endif %}"])
def test_an_unknown_field_is_named_with_those_that_exist(source):
    """Part and line say where."""
    error = refusal(source, {"name": SECRET, "city": SECRET})

    assert "unknown field 'nmae'; the fields are: city, name" in str(error)
    assert (error.part, error.line) == ("text", 3)


def test_a_row_without_fields_is_told_so():
    """The message does not end in nothing."""
    assert "the fields are: none" in str(refusal("{{ name }}", {}))


def test_a_field_whose_name_is_an_address_is_masked():
    """A list may have the strangest header line."""
    assert "a@b.example" not in str(refusal("{{ x }}", {"ada@b.example": ""}))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("\n{{ who.nothing }}", "lacks the attribute"),
        ("\n{{ {}[who] }}", "lacks the attribute"),
        ("\n{{ who|first|first|last }}{{ ([]|first) }}", "lacks the attribute"),
        ("\n{{ who.__class__ }}", "not available"),
        ("\n{{ who.format.__globals__ }}", "not available"),
        ("\n{{ who + 1 }}", "TypeError"),
        ("\n{{ 1 / 0 }}", "ZeroDivisionError"),
        ("\n{{ many.append(1) }}", "not available"),
    ],
)
def test_a_failing_expression_is_a_template_error_without_values(source, reason):
    """Never one of Jinja2's own exceptions."""
    error = refusal(source, {"who": SECRET, "many": [SECRET]})

    assert reason in str(error)
    assert error.line == 2


def test_a_template_cannot_change_a_row():
    """What one message does to a value, the next would see (L18)."""
    many = ["a"]
    refusal("{{ many.append(1) }}", {"many": many})

    assert many == ["a"]


def test_markup_of_a_value_counts_for_nothing():
    """Only the template can say that something is html already."""
    fields = {"x": Markup("<b>")}

    for source in ("{{ x }}", "{{ x }}{{ '' }}"):
        assert compile_part("html", source, html=True).render(fields) == "&lt;b&gt;"
    assert compile_part("html", "{{ x|safe }}", html=True).render(fields) == "<b>"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("\n{{ First name }}", 2, "expected token"),
        ("{% if a %}\n", 1, "Unexpected end of template"),
        ("\n\n{{ a|nothing }}", 3, "No filter named 'nothing'"),
        ("{{ a|random }}", 1, "No filter named 'random'"),
        ("\n{% include 'a' %}", 2, "include is not available"),
        ("\n{% if a %}{% import 'a' as b %}{% endif %}", 2, "import is not available"),
        ("\n{% from 'a' import b %}", 2, "import is not available"),
        ("{% extends 'a' %}", 1, "extends is not available"),
        ("{% autoescape false %}{% endautoescape %}", 1, "autoescape"),
        ("\n*|FNAME|*", 2, "placeholder like"),
        ("a\n{{ x }}\nb }}", 3, "stray }}"),
        ("{% raw %}\n{{ x }}{% endraw %}", 2, "placeholder like"),
        ("\ufdd00\ufdd1", 0, "not characters"),
        (f"{'{{' + '(' * 400}1{')' * 400}}}}}", 0, ""),
    ],
)
def test_a_source_that_cannot_be_used_is_refused_when_it_is_made(source, line, reason):
    """With the part, the line and what is wrong."""
    with pytest.raises(TemplateError) as caught:
        compile_part("html", source, html=True)

    assert reason in str(caught.value)
    assert caught.value.part == "html"
    assert caught.value.line == line or not reason
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["range", "dict", "lipsum", "cycler", "namespace"])
def test_jinja2_globals_are_ordinary_names(name):
    """A column may have their name, and a missing one is not replaced by them."""
    part = compile_part("text", f"{{{{ {name} }}}}")

    assert part.render({name: "a"}) == "a"
    assert f"unknown field '{name}'" in str(refusal(f"{{{{ {name} }}}}", {}))


def test_a_part_shows_no_text():
    """A letter is nobody's business in a log."""
    part = compile_part("text", f"{SECRET} {{{{ a }}}}")

    assert repr(part) == "Part(name='text', fields=frozenset({'a'}))"


def test_parts_of_the_same_source_are_equal():
    """They are values."""
    assert compile_part("text", "{{ a }}") == compile_part("text", "{{ a }}")
    assert compile_part("text", "{{ a|e }}") != compile_part("text", "{{ a|upper }}")


def test_the_text_of_plain_html_keeps_its_slots():
    """It is converted once, and values are not escaped in it."""
    html = compile_part(
        "html", "<p>Dear <b>{{ n }}</b> &amp; <a href='{{ u }}'>you</a>"
    )
    text = text_part(html)

    assert text.pieces == ("Dear ", Slot("n"), " & you (", Slot("u"), ")\n")
    assert text.fields == {"n", "u"}
    assert text.render({"n": "<A>", "u": "x:1"}) == "Dear <A> & you (x:1)\n"


def test_fields_that_only_the_html_shows_are_not_asked_for_in_the_text():
    """What is dropped is dropped with its slots."""
    html = compile_part("html", "<style>{{ css }}</style>{{ a }}", html=True)

    assert text_part(html).fields == {"a"}


@pytest.mark.parametrize(
    "source",
    [
        "&#123;&#123; x }&#125;",
        "&#123;{{ x }}",
        "&#123;% x",
        "&#123;# x",
        "&#123;",
        "&#36;&#123;x&#125;",
        "{{ x }}&#125;&#125;",
    ],
)
def test_braces_that_are_written_as_references_stay_text(source):
    """They neither become placeholders in the text nor are refused there."""
    html = compile_part("html", source, html=True)
    text = text_part(html)

    assert text.render({"x": "a"}) == rendered_to_text(html.render({"x": "a"}))
    assert filled(text, {"x": "a"}, slot_text) == text.render({"x": "a"})


@given(
    bits=st.lists(
        st.tuples(st.sampled_from(["<p>", "<li>", " a ", "<a href=x:", "<br>"]), NAMES)
    )
)
def test_converting_before_and_after_filling_is_the_same(bits):
    """For values without white space and without markup."""
    html = compile_part("html", source_of(bits), html=True)
    fields = {name: f"v{place}" for place, (_, name) in enumerate(bits)}

    text = text_part(html)

    assert text.pieces is not None
    assert text.render(fields) == filled(text, fields, slot_text)
    assert text.render(fields) == rendered_to_text(html.render(fields))


def test_the_text_of_html_with_logic_is_made_for_each_message():
    """Numbers, conditions and loops come out as they are shown."""
    source = "<ol>{% for n in names %}<li>{{ n }}{% endfor %}</ol>{{ x }}"
    text = text_part(compile_part("html", source, html=True))

    assert text.pieces is None
    assert text.fields == {"names", "x"}
    assert text.render({"names": ["<A>", "B"], "x": "&"}) == "1. <A>\n2. B\n\n&\n"


def test_an_error_in_html_that_becomes_text_names_the_html():
    """There is no other place to mend."""
    text = text_part(compile_part("html", "\n{{ x|upper }}", html=True))

    with pytest.raises(TemplateError, match=r"^html, line 2: unknown field 'x'"):
        text.render({})


def test_parts_are_made_of_values_only():
    """What is compiled is no part of the comparison."""
    assert isinstance(compile_part("subject", "a"), Part)
    assert Slot("a") == Slot("a") != Slot("b")


@pytest.mark.parametrize("value", [[SECRET], (SECRET,), {"a": SECRET}, {SECRET}])
@pytest.mark.parametrize("source", ["{{ x }}", "{{ x or 1 }}"])
def test_several_values_are_not_printed_as_python_writes_them(value, source):
    """A list in a letter is a mistake; a loop over it, or one of its parts, is not."""
    with pytest.raises(TemplateError, match="several values") as caught:
        compile_part("text", source).render({"x": value})
    assert SECRET not in str(caught.value)
    loop = "{% for one in x %}{{ one }}{% endfor %}"
    assert compile_part("text", loop).render({"x": [1, 2]}) == "12"
