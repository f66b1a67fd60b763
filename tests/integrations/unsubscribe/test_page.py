"""What the page says."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import attrs
import pytest

from safesend.integrations.unsubscribe.page import Answers, Texts

ANSWERS = Answers.of(Texts())
ALL = [getattr(ANSWERS, field.name) for field in attrs.fields(Answers)]
FRENCH = Texts(
    lang="fr",
    name="Hôpital de la Croix <Rousse>",
    note="Des questions ?\nÉcrivez-nous.",
    title="Se désabonner",
    question="Appuyez sur le bouton, et vous ne recevrez plus ces messages.",
    button="Me désabonner",
)


class Reader(HTMLParser):
    """Reads a page as strictly as can be: each element that is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], {}, {}
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.setdefault(tag, []).append(dict(attributes))
        if tag not in {"meta", "link", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            found = self.texts.get(self.open[-1], "")
            self.texts[self.open[-1]] = found + data


def _read(answer):
    return Reader(answer.body.decode())


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: answer.status)
def test_every_answer_is_told_to_nobody_else(answer):
    """No cookie, no place to go on to, nothing kept, nothing loaded from elsewhere."""
    headers = dict(answer.headers)
    assert len(headers) == len(answer.headers)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Length"] == str(len(answer.body))
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert not headers.keys() & {"Set-Cookie", "Location", "Refresh"}
    assert len(answer.body) < 4000
    assert b"//" not in answer.body
    assert b"<script" not in answer.body


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: answer.status)
def test_every_answer_can_be_read_by_everybody(answer):
    """A language, a title, one heading, and a page that is as wide as a phone."""
    page = _read(answer)
    assert page.attributes["html"] == [{"lang": "en", "dir": "ltr"}]
    assert page.texts["title"] == page.texts["h1"]
    assert page.tags.count("h1") == page.tags.count("main") == 1
    names = {one.get("name"): one.get("content") for one in page.attributes["meta"]}
    assert names["viewport"] == "width=device-width, initial-scale=1"


def test_the_form_asks_as_a_mail_provider_does():
    """By POST, to wherever the page was found, with the field of RFC 8058."""
    page = _read(ANSWERS.ask)
    assert page.attributes["form"] == [{"method": "post"}]
    assert page.attributes["input"] == [
        {"type": "hidden", "name": "List-Unsubscribe", "value": "One-Click"}
    ]
    assert page.texts["button"] == "Unsubscribe"
    assert "form" not in _read(ANSWERS.done).tags


def test_who_may_try_again_has_the_button_and_a_time():
    """And is not told that it worked."""
    for answer in ANSWERS.busy, ANSWERS.too_often.after(4.2):
        assert "button" in _read(answer).tags
        assert b"unsubscribed" not in answer.body
        assert int(dict(answer.headers)["Retry-After"]) >= 5
    assert dict(ANSWERS.too_often.after(0.0).headers)["Retry-After"] == "1"


def test_other_methods_are_told_which_ones_there_are():
    """As RFC 9110, section 15.5.6, asks."""
    assert ANSWERS.not_allowed.status == 405
    assert dict(ANSWERS.not_allowed.headers)["Allow"] == "GET, HEAD, POST"


def test_an_answer_to_head_has_the_length_of_the_other():
    """And no body."""
    answer = ANSWERS.ask.without_body()
    assert (answer.body, answer.headers) == (b"", ANSWERS.ask.headers)


def test_the_texts_are_yours():
    """In your language, under your name, and never read as markup."""
    answers = Answers.of(FRENCH)
    page = _read(answers.ask)
    assert page.attributes["html"] == [{"lang": "fr", "dir": "ltr"}]
    assert page.texts["title"] == "Se désabonner - Hôpital de la Croix <Rousse>"
    assert page.texts["button"] == "Me désabonner"
    assert page.texts["p"] == (
        "Hôpital de la Croix <Rousse>"
        "Appuyez sur le bouton, et vous ne recevrez plus ces messages."
        "Des questions ?\nÉcrivez-nous."
    )
    sly = Answers.of(Texts(**{f.name: '"><script>' for f in attrs.fields(Texts)}))
    for answer in sly.ask, sly.done, sly.busy, sly.unclear:
        assert "script" not in _read(answer).tags


@pytest.mark.parametrize(
    ("lang", "way"), [("he", "rtl"), ("ar-EG", "rtl"), ("en", "ltr"), ("pt-BR", "ltr")]
)
def test_a_language_is_written_its_own_way(lang, way):
    """Hebrew and Arabic to the left."""
    page = _read(Answers.of(Texts(lang=lang)).ask)
    assert page.attributes["html"] == [{"lang": lang, "dir": way}]


def test_every_text_is_shown_somewhere():
    """No field of the texts is forgotten."""
    words = {f.name: f"{f.name} of mine" for f in attrs.fields(Texts)}
    answers = Answers.of(Texts(**words))
    shown = "".join(
        getattr(answers, field.name).body.decode() for field in attrs.fields(Answers)
    )
    assert [word for word in words.values() if word not in shown] == []


def test_the_style_is_the_one_that_the_policy_names():
    """Another one would not be applied."""
    style = re.search(rb"<style>(.*)</style>", ANSWERS.ask.body, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"'sha256-{digest}'" in dict(ANSWERS.ask.headers)["Content-Security-Policy"]
