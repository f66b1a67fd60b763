"""What the page says: constant answers, the same for every link."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import attrs
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

__all__ = ["Answer", "Answers", "Texts"]

_FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_TO_THE_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_SOON = 30
"""Seconds after which a list that could not be written may be tried again."""


@attrs.frozen(kw_only=True)
class Texts:
    """What readers see: in English, and without a name, unless you say otherwise.

    `lang` is the language of the texts as HTML names it: "en", "fr", "pt-BR". `name`
    is who writes to them, `note` stands below: whom to ask, for example. All of them
    are plain text.
    """

    lang: str = "en"
    name: str = ""
    note: str = ""
    title: str = "Unsubscribe"
    question: str = "Press the button, and you will get no more of these messages."
    button: str = "Unsubscribe"
    done_title: str = "You are unsubscribed"
    done: str = (
        "You will get no more of these messages. One that is on its way may still"
        " arrive. If others follow, this link was not complete: take the one in the"
        " newest message."
    )
    later_title: str = "That did not work"
    later: str = "Nothing has changed yet. Please try again in a few minutes."
    unclear_title: str = "Nothing was done"
    unclear: str = "Please open the link in the message again."

    @property
    def direction(self) -> str:
        """Which way the language is written, as HTML names it."""
        base = self.lang.lower().partition("-")[0]
        return "rtl" if base in _TO_THE_LEFT else "ltr"


@attrs.frozen
class Answer:
    """What is sent back, whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def without_body(self) -> Answer:
        """The answer to HEAD (RFC 9110, section 9.3.2)."""
        return attrs.evolve(self, body=b"")

    def after(self, seconds: float) -> Answer:
        """The same, saying when to come back."""
        again = ("Retry-After", str(max(1, round(seconds + 0.5))))
        return attrs.evolve(self, headers=(*self.headers, again))


@attrs.frozen
class Answers:
    """All that is ever said, made once."""

    ask: Answer
    done: Answer
    busy: Answer
    """The list could not be written: nobody may believe that it was."""
    too_often: Answer
    unclear: Answer
    too_slow: Answer
    too_long: Answer
    not_allowed: Answer

    @classmethod
    def of(cls, texts: Texts) -> Answers:
        """The answers in these words."""
        later = texts.later_title, texts.later, True
        unclear = texts.unclear_title, texts.unclear, False
        say = _Page(texts).answer
        not_allowed = say(405, *unclear)
        return cls(
            ask=say(200, texts.title, texts.question, button=True),
            done=say(200, texts.done_title, texts.done, button=False),
            busy=say(503, *later).after(_SOON),
            too_often=say(429, *later),
            unclear=say(400, *unclear),
            too_slow=say(408, *unclear),
            too_long=say(413, *unclear),
            not_allowed=attrs.evolve(
                not_allowed,
                headers=(*not_allowed.headers, ("Allow", "GET, HEAD, POST")),
            ),
        )


class _Page:
    def __init__(self, texts: Texts) -> None:
        environment = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        source = (_FOLDER / "page.html").read_text("utf-8")
        self._template = environment.from_string(source)
        self._style = (_FOLDER / "page.css").read_text("utf-8")
        self._texts = texts

    def answer(self, status: int, title: str, text: str, button: bool) -> Answer:  # noqa: FBT001
        page = self._template.render(
            texts=self._texts,
            title=title,
            text=text,
            button=button,
            style=Markup(self._style),  # noqa: S704 - a file of this package
        )
        body = page.encode()
        return Answer(
            status, (*self._headers(), ("Content-Length", str(len(body)))), body
        )

    def _headers(self) -> Iterator[tuple[str, str]]:
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest())
        yield "Content-Type", "text/html; charset=utf-8"
        yield "Cache-Control", "no-store"
        # The link is a key: no other page may learn where its reader came from.
        yield "Referrer-Policy", "no-referrer"
        yield "X-Robots-Tag", "noindex, nofollow"
        yield "X-Content-Type-Options", "nosniff"
        yield "Content-Security-Policy", _POLICY.format(digest.decode())
