import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import TemplateError
from safesend.message.placeholders import leftover, refuse_leftovers, unfilled, unknown

LEFT_OVER = [
    ("{{ name }}", "{{ name }}"),
    ("{{name}}", "{{ name }}"),
    ("{{ user.first_name|title }}", "{{ name }}"),
    ("{{}}", "{{ name }}"),
    ("{% if x %}", "{% tag %}"),
    ("*|FNAME|*", "*|NAME|*"),
    ("*|MC:SUBJECT|*", "*|NAME|*"),
    ("%(name)s", "%(name)s"),
    ("%(first.name)-10s", "%(name)s"),
    ("%(amount)08.2f", "%(name)s"),
    ("${name}", "${name}"),
    ("${user.name}", "${name}"),
]

INNOCENT = [
    "",
    "100%",
    "100% (of all)",
    "20%(net)s",
    "5 %(roughly)",
    "costs $5, {or so}",
    "a *bold* word | another * | *",
    "{ {name} }",
    "$ {name}",
    "${}",
    "${\nname}",
    "%()s",
    "@media screen{.a{color:red}}",
    "f(x) = {1, {2}}",
]


def seconds(text):
    """The least processor time of five tries: what else runs is left out."""
    return min(
        timeit.repeat(
            lambda: (leftover(text), unfilled(text)),
            timer=time.process_time,
            number=1,
            repeat=5,
        )
    )


@pytest.mark.parametrize(("text", "form"), LEFT_OVER)
def test_an_unfilled_placeholder_is_found_anywhere_in_a_finished_text(text, form):
    """The answer is the form, so that nothing of the text is in a message."""
    assert leftover(text) == form
    assert leftover(f"Dear {text}, hello") == form


@pytest.mark.parametrize("text", INNOCENT)
def test_prose_and_style_sheets_are_no_placeholders(text):
    """Percentages, prices, braces and asterisks of ordinary texts pass."""
    assert leftover(text) is None
    assert unfilled(text) is None


@pytest.mark.parametrize(("text", "form"), LEFT_OVER)
def test_a_value_that_is_nothing_but_a_placeholder_is_unfilled(text, form):
    """White space around it changes nothing."""
    assert unfilled(text) == form
    assert unfilled(f" \t{text}\n") == form
    assert unfilled(f"\u00a0{text}\u3000") == form


@pytest.mark.parametrize(("text", "form"), LEFT_OVER)
def test_a_value_that_speaks_about_a_placeholder_is_data(text, form):
    """People write about templates, too."""
    assert unfilled(f"see {text}") is None
    assert unfilled(f"{text} is how") is None


@pytest.mark.parametrize(("text", "form"), LEFT_OVER)
def test_constant_text_with_a_placeholder_of_another_tool_is_refused(text, form):
    """The error says the part, the line, the form and what to write."""
    with pytest.raises(TemplateError, match="field, or put a space") as caught:
        refuse_leftovers("text", [(1, "Dear\n"), (2, f"reader,\n\n{text} ...")])

    assert (caught.value.part, caught.value.line) == ("text", 4)
    assert form in str(caught.value)


@pytest.mark.parametrize("stray", ["{{", "}}", "{%"])
def test_half_a_placeholder_in_constant_text_is_refused(stray):
    """It would be sent as it stands."""
    with pytest.raises(TemplateError, match="stray") as caught:
        refuse_leftovers("subject", [(7, f"Dear {stray} name")])

    assert stray in str(caught.value)
    assert caught.value.line == 7


@pytest.mark.parametrize("tag", ["style", "script", "STYLE"])
def test_a_style_sheet_may_close_two_blocks(tag):
    """Also when a field stands in it, which cuts the text in two."""
    refuse_leftovers("html", [(1, f"<{tag} a=b>@media x{{a{{b:"), (1, f"}}}}</{tag}>")])


def test_after_the_style_sheet_two_closing_braces_are_stray_again():
    """The exception ends with the element."""
    with pytest.raises(TemplateError, match="stray }}"):
        refuse_leftovers("html", [(1, "<style>a{b{}}</style><p>name }}</p>")])


@pytest.mark.parametrize("text", ["*|A|*", "${a}", "{{"])
def test_a_style_sheet_excuses_nothing_else(text):
    """A placeholder of another tool is suspicious wherever it stands."""
    with pytest.raises(TemplateError):
        refuse_leftovers("html", [(1, f"<script>{text}</script>")])


@given(st.lists(st.sampled_from(INNOCENT)))
def test_innocent_texts_stay_innocent_together(texts):
    """No two of them make a placeholder between them."""
    refuse_leftovers("html", [(1, f"<style>{' | '.join(texts)}")])
    assert leftover(" | ".join(texts)) is None


@given(st.text(alphabet="{}%*|$()# nas\n1"))
def test_what_is_unfilled_as_a_whole_is_left_over_as_well(text):
    """The two questions agree, and neither of them raises."""
    form = unfilled(text)
    assert form is None or leftover(text) is not None


@pytest.mark.parametrize("text", ["{{", "{%", "*|", "%(", "${", "%(a" * 3, " ", "{{ "])
def test_looking_takes_linear_time(text):
    """Also in a text that begins placeholders without end."""
    short, long = seconds(text * 10_000), seconds(text * 80_000)

    assert long < 30 * max(short, 0.002)


def test_a_field_that_is_not_there_is_told_with_those_that_are():
    """Whoever prints the link to leave, and has none, hears what to give."""
    assert unknown("nmae", ["b", "a"]) == "unknown field 'nmae'; the fields are: a, b"
    assert unknown("a", []).endswith("the fields are: none")
    assert unknown("unsubscribe_url", ["a"]).endswith("none: give it unsubscribe")
