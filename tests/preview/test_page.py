"""preview/page.py: one file that loads nothing, whatever the letters hold."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from preview.mailings import HOSTILE, campaign, person
from safesend import Attachment, Campaign, Recipient, Template
from safesend.preview import look
from safesend.preview.page import octets, page


def _page(*people, search=(), **letter):
    return page(look(campaign(*people, **letter), search=search))


def _words(html):
    """What is read, without tags."""
    html = re.sub(r"<(style|script|template)\b.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_policy_knows_the_script_and_no_other():
    """Nothing is loaded; the one script is known by its digest."""
    html = _page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith("default-src 'none'; img-src data:;")
    [script] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")


def test_the_page_needs_no_other_file():
    """No tag of it names one; not even an icon is asked for."""
    html = _page(html="<p>{{ name }}</p>")
    for tag in re.findall(r"<[a-z][^>]*>", html):
        named = re.search(r'\s(?:src|href|action|data|background)="([^"]*)"', tag)
        assert named is None or named[1].startswith(("#", "data:"))
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")


def test_the_facts_stand_on_top():
    """That nothing was sent, how many get it, and what was searched for."""
    people = [person(number) for number in range(40)]
    words = _words(_page(*people, search=["p3"]))
    assert "Nothing was sent" in words
    assert "40 people, each with a message of their own." in words
    assert "25 of them can be looked at here" in words
    assert "11 hold what was searched for" in words
    assert "refused" not in words
    assert "One person gets this mailing." in _words(_page(person(0)))


def test_findings_stand_on_top():
    """What refuses it, what is worth a look and what is allowed; each advice once."""
    people = [person(n, name="ask p0@example.org") for n in range(1, 30)]
    words = _words(
        _page(
            person(0),
            *people,
            person(30, name=""),
            html="<p>{{ name }}<img src=https://x.example/a.png>",
            files=[Attachment.from_bytes(bytes(90), name="a.bin")],
            allow=["L38: zeros, nothing else"],
        )
    )
    assert "It would be refused as it is: nobody would get it" in words
    assert "people.csv:3 :" in words
    assert re.search(r"… and \d+ more\.", words)
    assert "people.csv:32: field &#39;name&#39; is empty" in words
    assert "Worth a look" in words


def test_failures_stand_apart(tmp_path):
    """A file that is missing holds up nobody else."""
    gone = Attachment.from_path(tmp_path / "gone.txt")
    missing = Recipient("p1@example.org", attachments=[gone], name="Bob")
    words = _words(_page(person(0), missing))
    assert "1 message cannot be made; the others are not held up" in words
    assert "This message cannot be made" in words
    assert "refused" not in words


def test_what_is_allowed_is_told():
    """With how often it was met."""
    words = _words(
        _page(
            html="<p>{{ name }}<img src=https://x.example/a.png>",
            allow=["L16: we mean it"],
        )
    )
    assert "Allowed in this mailing" in words
    assert "we mean it" in words


@pytest.mark.parametrize("subject", ["Hello", "Hello {{ name }}"])
def test_a_hostile_name_is_nothing_but_text(subject):
    """It ends no tag, no script and no line; what nobody sees is seen.

    In a subject it cannot be sent, and the row of the list is shown.
    """
    html = _page(person(0, name=HOSTILE), subject=subject, html="<p>{{ name }}</p>")
    assert html.count("</script>") == 1
    assert "<img src=x" not in html
    shown = re.sub(r'(?:data-search|srcdoc)="[^"]*"', "", html)
    assert not re.search("[\u2028\u2029\u202e\u2066]", shown)
    assert "⟨U+202E⟩" in html
    assert "⟨U+2028⟩" in html


def test_nobody_to_look_at_is_said():
    """A list of nobody gives a page as well."""
    nobody = Campaign(
        name="x",
        sender="a@example.org",
        template=Template(subject="a", text="b"),
        audience=[],
    )
    words = _words(page(look(nobody)))
    assert "There is no message to look at." in words
    assert "It would be refused" in words


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (2_000_000_000_000, "2000.0 GB"),
    ],
)
def test_sizes_are_told_as_people_do(size, told):
    """In bytes, and then in thousands of them."""
    assert octets(size) == told
