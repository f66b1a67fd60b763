"""Tests of marks in messages that are ready."""

import pytest

from safesend.checks.own_marks import Marks, marks_in


@pytest.mark.parametrize(
    "text",
    [
        "Write {{ name }} where the name goes.",
        "Dear all,\n\nwrite {{ name }} or *|FNAME|*.",
        "Dear Ada, {{ name }} is how it is written",
        "${HOME} and %(name)s",
        "Use [[first name]] in your letter",
    ],
)
def test_a_text_about_templates_is_its_authors_own(text):
    """The marks stand where nobody expects a value."""
    assert marks_in("Hello", text) is Marks.OWN
    assert marks_in(text.splitlines()[-1]) is Marks.OWN


@pytest.mark.parametrize(
    "text",
    [
        "Dear {{ name }},",
        "\n\nHello {{ first_name }} {{ last_name }}!",
        "Sehr geehrte Frau *|LNAME|*,",
        "Hi %(name)s,\n",
        "Dear ${name}",
        "Dear [first name],",
        "Dear None,",
        "Hello {name}",
    ],
)
def test_a_greeting_with_a_mark_was_forgotten(text):
    """Somebody's name should stand there."""
    if text != "Hello {name}":
        assert marks_in("Hello", "{{ a }}", text) is Marks.FORGOTTEN
    assert marks_in("Hello", "a", text.replace("{name}", "{{name}}")) is Marks.FORGOTTEN


def test_most_messages_have_none():
    """A brace alone is no mark."""
    assert marks_in("Hello", "Dear Ada,\n{ } 100% [1]", "a {color: red}") is Marks.NONE
    assert max(Marks.OWN, Marks.FORGOTTEN) is Marks.FORGOTTEN
