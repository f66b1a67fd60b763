import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.merge_marks import blank_greeting, nobody_greeted, unfilled_mark

MARKS = [
    ("Dear {{ name }},", "{{ name }}"),
    ("*|FNAME|*", "*|NAME|*"),
    ("https://example.org/?t=%7B%7Btoken%7D%7D", "{{ name }}"),
    ("https://example.org/?t=*%7CUNIQID%7C*", "*|NAME|*"),
    ("Dear %%First_Name%%", "%%NAME%%"),
    ("%%view email in browser%%", None),
    ("%%unsub_center_url%%", "%%NAME%%"),
    ("Hi <%= user.name %>", "<%= name %>"),
    ("Dear {!Contact.FirstName}", "{!Contact.Name}"),
    ("Hi [[firstname]]", "[[name]]"),
    ("Hi <<First Name>>", "<<name>>"),
    ("Sehr geehrte Frau «Nachname»", "«name»"),
    ("Hallo {vorname}!", "{name}"),
    ("Hello [First Name],", "[name]"),
    ("Hello [Your name here],", "[name]"),
    ("Dear {name},", "[name]"),
    ("Dear %name%,", "[name]"),
    ("Hi $name$!", "[name]"),
    ("Hi <Name>,", "[name]"),
    ("your mail %EMAIL% is", "%NAME%"),
    ("Hallo #VORNAME#", "#NAME#"),
    ("<a href=[unsubscribe]>", "[name]"),
]
NO_MARKS = [
    "",
    "100% of 5%",
    "between 50% and 60%",
    "%%",
    "50%%off%%",
    "%APPDATA%",
    "a [link](https://example.org) and [1]",
    "[Name] of the ship",
    "[email](mailto:x)",
    "[[Main Page]]",
    "« Bonjour »",
    "«Bonjour», said she",
    "GET /users/{id}",
    "{a, b}",
    "#hashtag #name",
    "#name and #email",
    "1 << 2 >> 1",
    "https://example.org/?q=%7Ba%7D",
    "Hello [world] of brackets",
    "function(){return {a:{b:1}}}",
    "x@{upstream}",
    "{!important}",
]
BLANK = [
    "Dear ,",
    "Dear , welcome",
    "  Hello ,",
    "Hallo ,",
    "Sehr geehrte Frau ,",
    "Sehr geehrter Herr,",
    "Dear Mr. ,",
    "Dear Mr ,",
    "Liebe/r ,",
    "Hi ,",
    "Hola ,",
]
NOT_BLANK = [
    "",
    "Dear Ada,",
    "Hello,",
    "Hi!",
    "Bonjour !",
    "Hello there,",
    "Dear all,",
    "Dear Sir or Madam,",
    "Sehr geehrte Damen und Herren,",
    "Liebe,",
    "Dear members, friends ,",
    "Oh dear ,",
    "Liebe Frau Lovelace,",
    "Hi, all",
    "Sehr geehrte Frau Dr. Lovelace,",
]
NOBODY = [
    "Dear None,",
    "Hello null!",
    "Hi undefined,",
    "Dear nan,",
    "Dear NaN:",
    "Hallo NULL",
    "Sehr geehrte Frau None,",
    "Dear None None,",
    "Dear (null),",
    "Hi [object Object],",
    "Dear #N/A,",
    "DEAR null,",
]
SOMEBODY = [
    "",
    "Dear Nan,",
    "Dear Null,",
    "Dear Mr Null,",
    "Hello None of the above,",
    "Hi nonexistent,",
    "Dear Nana,",
    "null and void",
    "It is undefined,",
    "Dear Undefined Behaviour fans,",
    "Dear Nanette,",
]


def seconds(text):
    """The least processor time of three tries."""
    return min(
        timeit.repeat(
            lambda: (unfilled_mark(text), blank_greeting(text), nobody_greeted(text)),
            timer=time.process_time,
            number=1,
            repeat=3,
        )
    )


@pytest.mark.parametrize(("text", "form"), MARKS)
def test_a_mark_is_told_by_its_form(text, form):
    """The answer holds nothing of the text."""
    assert unfilled_mark(text) == form


@pytest.mark.parametrize("text", NO_MARKS)
def test_what_is_also_written_otherwise_is_no_mark(text):
    """Brackets, percentages, links, quotation marks and code pass."""
    assert unfilled_mark(text) is None


@pytest.mark.parametrize("line", BLANK)
def test_a_greeting_without_a_name_is_found(line):
    """The space before the comma is where the name should stand."""
    assert blank_greeting(line)
    assert not nobody_greeted(line)


@pytest.mark.parametrize("line", NOT_BLANK)
def test_ordinary_greetings_pass(line):
    """Also those that greet nobody by name on purpose."""
    assert not blank_greeting(line)


@pytest.mark.parametrize("line", NOBODY)
def test_a_greeting_of_no_value_is_found(line):
    """As the programs of the world write what is not there."""
    assert nobody_greeted(line)


@pytest.mark.parametrize("line", SOMEBODY)
def test_people_with_such_names_pass(line):
    """Nan and Null are names of people."""
    assert not nobody_greeted(line)


@given(st.text())
def test_no_text_breaks_the_search(text):
    """Any text has an answer."""
    assert unfilled_mark(text) is None or text
    assert blank_greeting(text) in (True, False)
    assert nobody_greeted(text) in (True, False)


@pytest.mark.parametrize(
    "unit",
    ["%%", "%%a", "[[", "<<", "<%", "«", "{!a.", "{", "[", "#", "%", "%7B", "dear ",
     "dear mr ", "mr ", "{!a.a", "%a ", "#a", "first", "«n"],
)  # fmt: skip
def test_time_is_linear_in_hostile_text(unit):
    """Four times the text takes about four times as long, and not sixteen."""
    short = unit * (20_000 // len(unit))
    assert seconds(short * 4) < 10 * seconds(short) + 0.02
