"""Lists of mailboxes as To, Cc and Bcc hold them: read in one way, or not at all.

The standard library's parsers answer an odd text with another person's address
(CVE-2023-27043). Here a text that could be read in two ways is refused. Local names
without a domain are taken, as mail systems on one machine have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import attrs

from safesend.errors import AddressError

__all__ = ["Mailbox", "is_plain", "mailboxes"]

_LONGEST = 1_000_000
"""Characters of a list that is read at all."""

# RFC 5322 section 3.2: blanks and folds, quoted strings, domain literals, atoms (octets
# above 127 for RFC 6532) and specials. What is left over is a control or a stray quote.
_TOKEN = re.compile(
    r"(?P<blank>(?:\r\n(?=[ \t])|[ \t])++)"
    r"|(?P<quoted>\"(?:[^\"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f]|\r\n(?=[ \t])|\t)*+\")"
    r"|(?P<literal>\[[^\[\]\\\x00-\x20\x7f]*+\])"
    r"|(?P<atom>[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,.\"]++)"
    r"|(?P<special>[<>:;@,.()])"
)
# What nearly every list of one is; the tokens below would read the same.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+", re.ASCII)
_FOLD = re.compile(r"\r\n(?=[ \t])")
_ESCAPED = re.compile(r"\\(.)")


@attrs.frozen
class Mailbox:
    """One mailbox of a list: its display name, decoded of quotes only, and address."""

    name: str = attrs.field(repr=False)
    address: str = attrs.field(repr=False)
    """The addr-spec as written, or a local name without a domain."""


@attrs.frozen
class _Token:
    kind: str
    text: str
    glued: bool
    """Whether nothing stands between it and the one before."""


def mailboxes(text: str) -> list[Mailbox]:
    """The mailboxes of a list, those in groups included (RFC 5322 section 3.4).

    `Ada <ada@example.org>, "Last, First" <bo@example.org>, team: c@x.example;` is one.
    Comments are passed over. Raises `AddressError` for what has no single meaning: a
    name with an @ that is not in quotes, words without brackets, routes, encoded words
    in an address, blanks inside of one.
    """
    if is_plain(text):
        return [Mailbox("", text)]
    return list(_Reader(list(_tokens(text))).read())


def is_plain(text: str) -> bool:
    """Whether the text is one address, and nothing else."""
    return _PLAIN.fullmatch(text) is not None and "=?" not in text


def _tokens(text: str) -> Iterator[_Token]:
    if len(text) > _LONGEST:
        _refuse(f"it is longer than {_LONGEST} characters")
    at, depth, glued = 0, 0, False
    while at < len(text):
        if depth:
            at, depth = _in_comment(text, at, depth)
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            _refuse("it holds a control character, a stray quote, bracket or backslash")
        at, kind = found.end(), str(found.lastgroup)
        if kind == "blank":
            glued = False
        elif found[0] == "(":
            depth, glued = 1, False
        elif found[0] == ")":
            _refuse("it holds a parenthesis that closes nothing")
        else:
            yield _Token(kind, found[0], glued)
            glued = True
    if depth:
        _refuse("it holds a comment that does not end")


def _in_comment(text: str, at: int, depth: int) -> tuple[int, int]:
    sign = text[at]
    if sign == "\\":
        return at + 2, depth
    return at + 1, depth + (sign == "(") - (sign == ")")


class _Reader:
    """Goes through the tokens of one list once."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def read(self) -> Iterator[Mailbox]:
        in_group = False
        while (token := self._peek()) is not None:
            if token.text == "," and token.kind == "special":
                self._at += 1
            elif token.text == ";" and token.kind == "special":
                if not in_group:
                    _refuse("mailboxes are parted by commas, not by semicolons")
                self._at += 1
                in_group = False
                self._end_of_item()
            else:
                words = self._words()
                if self._takes(":"):
                    if in_group:
                        _refuse("a group stands inside of a group")
                    _display(words)
                    in_group = True
                else:
                    yield self._mailbox(words, in_group=in_group)
        if in_group:
            _refuse("it holds a group that does not end with a semicolon")

    def _mailbox(self, words: list[_Token], *, in_group: bool) -> Mailbox:
        if not self._takes("<"):
            self._end_of_item(in_group=in_group)
            return Mailbox("", _address(words))
        inside = self._words()
        if not self._takes(">"):
            _refuse("after < stands something else than one address and >")
        self._end_of_item(in_group=in_group)
        address = _address(inside)
        return Mailbox(_display(words, address), address)

    def _words(self) -> list[_Token]:
        start = self._at
        while (token := self._peek()) is not None and (
            token.kind != "special" or token.text in "@."
        ):
            self._at += 1
        return self._tokens[start : self._at]

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, special: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "special" or token.text != special:
            return False
        self._at += 1
        return True

    def _end_of_item(self, *, in_group: bool = False) -> None:
        token = self._peek()
        if token is not None and token.text not in (",;" if in_group else ","):
            _refuse("after an address stands something else than a comma")


def _address(tokens: list[_Token]) -> str:
    """The addr-spec of these tokens, nothing between them (RFC 5322 section 3.4.1)."""
    if not tokens:
        _refuse("an address is missing")
    if not all(token.glued for token in tokens[1:]):
        _refuse("an address holds a blank, or a name stands without < > round it")
    text = "".join(token.text for token in tokens)
    signs = [token.text for token in tokens if token.kind == "special"]
    local = tokens[: _index(tokens, "@")]
    domain = tokens[len(local) + 1 :]
    if signs.count("@") > 1 or not local or (len(local) < len(tokens) and not domain):
        _refuse("an address has more than one @, or nothing before or after it")
    if len(local) > 1 and any(token.kind == "quoted" for token in local):
        _refuse("an address holds quotes in the middle of its local part")
    if any(token.kind == "literal" for token in (*local, *domain[1:])):
        _refuse("an address holds brackets in the middle")
    if any(token.kind == "quoted" for token in domain):
        _refuse("an address holds quotes after the @")
    if domain and domain[0].kind == "literal" and len(domain) > 1:
        _refuse("an address holds brackets in the middle")
    if "=?" in text:
        _refuse("an address holds an encoded word; write the address itself")
    return text


def _index(tokens: list[_Token], special: str) -> int:
    for place, token in enumerate(tokens):
        if token.kind == "special" and token.text == special:
            return place
    return len(tokens)


def _display(tokens: list[_Token], address: str = "") -> str:
    text = "".join(
        ("" if token.glued or not place else " ") + _unquoted(token)
        for place, token in enumerate(tokens)
    )
    # Many programs write the address twice: ada@example.org <ada@example.org>.
    bare = [token for token in tokens if token.kind == "special" and token.text == "@"]
    if bare and text != address:
        _refuse("a name holds an @ without quotes: which address is meant?")
    if any(token.kind == "literal" for token in tokens):
        _refuse("a name holds brackets without quotes")
    return text


def _unquoted(token: _Token) -> str:
    if token.kind != "quoted":
        return token.text
    return _ESCAPED.sub(r"\1", _FOLD.sub("", token.text[1:-1]))


def _refuse(reason: str) -> NoReturn:
    raise AddressError(f"this list of mailboxes cannot be read in one way: {reason}")
