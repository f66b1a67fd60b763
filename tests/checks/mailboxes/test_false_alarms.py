"""What safesend ships and shows as a letter gives no cause for advice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from safesend import Attachment, Template, cli
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.rows import Suitability
from safesend.message.address import Address
from safesend.message.compile import compile_message
from safesend.message.letterhead import Letterhead

ROOT = Path(__file__).parents[3]
FOLDERS = [Path(cli.__file__).parent / name for name in ("starter", "mailing")]
PAGE = re.compile(r"""html=(?P<quote>\"\"\"|"|')(.*?)(?P=quote)""", re.DOTALL)
HEAD = Letterhead(Address.parse("news@example.org"))


def advised(template):
    letter = Letter.of(compile_message(template, HEAD))
    return [str(leak) for leak in Suitability(letter).shared()]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_letters_that_come_with_it_suit(folder):
    """That of `safesend init`, and that of `safesend demo`."""
    assert advised(Template.from_folder(folder)) == []


def shown():
    """The html of the manual and the README, but for what is wrong on purpose."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if page.name != "suit-mailboxes.md":
            for hit in PAGE.finditer(page.read_text("utf-8")):
                yield pytest.param(hit[2], id=f"{page.name}:{hit.start()}")


@pytest.mark.parametrize("html", list(shown()))
def test_the_letters_of_the_manual_suit(html):
    """Whoever copies one is not warned."""
    found = advised(Template("News", html=html, literal="{" not in html))
    assert [one for one in found if "[M11]" not in one] == []


USUAL = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml"
 lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<meta name="viewport" content="width=device-width, initial-scale=1.0" />
<meta name="color-scheme" content="light dark" />
<title>The news of {{ month }}</title>
<link href="https://fonts.example.com/css" rel="preload" />
<!--[if mso]><xml><o:OfficeDocumentSettings/></xml><![endif]-->
<style type="text/css">
#outlook a { padding: 0; }
@media only screen and (max-width: 480px) { .col { width: 100% !important; } }
</style>
</head>
<body style="margin: 0; background: url('https://cdn.example.org/bg.png')">
<div style="display:none">Preheader &zwnj;&nbsp;</div>
<!--[if mso]><table><tr><td><![endif]-->
<table role="presentation" width="100%" background="https://cdn.example.org/bg.jpg">
<tr><td class="col"><a href="https://example.org/?utm_source=mail&amp;utm_medium=x#a">
<img src="https://cdn.example.org/logo.png?v=2" alt="Example" width="9" /></a></td></tr>
<tr><td><a name="top"></a><h1>Dear {{ name }},</h1>
{% for item in items %}<p><a href="{{ item.url }}">{{ item.title }}</a>
 <a href="https://example.org/item/{{ item.id }}">example.org/item</a></p>{% endfor %}
<a href="#top">Up</a> <a href="{{ base }}/all">All</a>
<a href="mailto:office@example.org?subject=Your%20news">office@example.org</a>
<a href="tel:+49301234">030 1234</a> <a href="https://www.example.org">example.org</a>
<img src="cid:map.png" alt="Map" /><img src="{{ photo }}" alt="" height="1" width="1" />
<script type="application/ld+json">{"@context": "https://schema.org"}</script>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></td></tr></table>
<!--[if mso]></td></tr></table><![endif]-->
</body></html>
"""


def test_a_usual_newsletter_suits():
    """With the tricks that Outlook and telephones need."""
    picture = Attachment.from_bytes(b"x", name="map.png", content_type="image/png")
    head = Letterhead(HEAD.sender, unsubscribe="https://example.org/u/{token}")
    template = Template("The news of {{ month }}", html=USUAL, inline=[picture])
    letter = Letter.of(compile_message(template, head))
    assert list(Suitability(letter).shared()) == []
