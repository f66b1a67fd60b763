"""Disguises: how an address can stand in a text without being readable at once.

The closed list of what is always found, made with the encoders of the standard library.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import quopri
from collections.abc import Callable
from email.header import Header
from urllib.parse import quote

import idna

__all__ = [
    "DISGUISES",
    "IN_TEXT",
    "PAIRS",
    "Disguise",
    "letters_of",
    "to_a_label",
    "to_u_label",
]

Disguise = Callable[[str], str]


def to_a_label(address: str) -> str:
    """The address with its domain as DNS has it: xn--bcher-kva.example."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def to_u_label(address: str) -> str:
    """The address with its domain as people write it: bücher.example."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.decode(domain)}"


def letters_of(table: str, text: str) -> str:
    """The text with letters replaced as a table says: pairs, with blanks between."""
    pairs = {pair[0]: pair[1] for pair in table.split()}
    return "".join(pairs.get(letter, letter) for letter in text)


def _between(mark: str) -> Disguise:
    return mark.join


def _each(form: str) -> Disguise:
    """Each character by its number: "&#{:d};"."""
    return lambda text: "".join(form.format(ord(letter)) for letter in text)


def _only_at(form: str) -> Disguise:
    return lambda text: text.replace("@", form)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _base64_in_a_sentence(text: str) -> str:
    return _base64(f"You asked us to write to {text}, and so we do.")


def _base64_in_lines(text: str) -> str:
    longer = f"Some words before it, so that the lines break: {text} and after it."
    return base64.encodebytes(longer.encode()).decode()


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(f"??>{text}".encode()).decode().rstrip("=")


def _hex(text: str) -> str:
    return binascii.hexlify(text.encode()).decode()


def _percent_all(text: str) -> str:
    return "".join(f"%{octet:02X}" for octet in text.encode())


def _percent(text: str) -> str:
    return quote(text, safe="")


def _quoted_printable(text: str) -> str:
    return "".join(f"={octet:02X}" for octet in text.encode())


def _soft_break(text: str) -> str:
    """Broken as `quopri` breaks a long line, inside the address."""
    padded = "x" * (72 - len(text) // 2) + " " + text
    return quopri.encodestring(padded.encode()).decode()


def _word_q(text: str) -> str:
    octets = "".join(f"={octet:02X}" for octet in text.encode())
    return f"=?utf-8?Q?{octets}?="


def _word_b(text: str) -> str:
    return f"=?UTF-8?B?{_base64(text)}?="


def _words_of_header(text: str) -> str:
    """As `email.header` splits a long value into several encoded words."""
    value = Header(f"ä {text} {'ö' * 60}", "utf-8", maxlinelen=60).encode(linesep="\n")
    return value.replace("\n", "")


def _split_words(text: str) -> str:
    middle = text.index("@") + 2
    return f"{_word_b(text[:middle])} {_word_q(text[middle:])}"


def _utf7(text: str) -> str:
    return text.replace("@", "+AEA-")


def _bold(text: str) -> str:
    """Mathematical bold letters (U+1D41A ...), as social networks show them."""
    start = 0x1D41A
    return "".join(
        chr(start + ord(letter) - 97) if "a" <= letter <= "z" else letter
        for letter in text
    )


def _full_width(text: str) -> str:
    return "".join(
        chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text
    )


def _swapped_case(text: str) -> str:
    return "".join(
        letter.upper() if number % 2 else letter.lower()
        for number, letter in enumerate(text)
    )


def _spoken(at: str, dot: str) -> Disguise:
    return lambda text: text.replace("@", at).replace(".", dot)


def _spoken_domain(at: str, dot: str) -> Disguise:
    def spoken(text: str) -> str:
        local, _, domain = text.rpartition("@")
        return local + at + domain.replace(".", dot)

    return spoken


def _verp(text: str) -> str:
    local, _, domain = text.rpartition("@")
    return f"bounce+{local}={domain}@lists.sender.example"


DISGUISES: dict[str, Disguise] = {
    "as it is": str,
    "in capitals": str.upper,
    "in mixed case": _swapped_case,
    "in angle brackets": "<{}>".format,
    "mailto": "mailto:{}".format,
    "after a key": "email={}&x=1".format,
    "glued by colon": "mail:{};".format,
    "with a full stop": "{}.Please".format,
    "percent at": _only_at("%40"),
    "percent quoted": _percent,
    "percent all": _percent_all,
    "percent lower": lambda text: _percent_all(text).lower(),
    "percent twice": lambda text: _percent(_percent(text)),
    "percent three times": lambda text: _percent(_percent(_percent(text))),
    "percent u": _only_at("%u0040"),
    "entity named": _only_at("&commat;"),
    "entity decimal": _only_at("&#64;"),
    "entity padded": _only_at("&#0000064;"),
    "entity hex": _only_at("&#x40;"),
    "entity open": _only_at("&#64"),
    "entities all": _each("&#{};"),
    "entities all hex": _each("&#x{:X};"),
    "entity of a dot": lambda text: text.replace(".", "&period;"),
    "entity twice": _only_at("&amp;#64;"),
    "base64": _base64,
    "base64 bare": lambda text: _base64(text).rstrip("="),
    "base64 in a sentence": _base64_in_a_sentence,
    "base64 in lines": _base64_in_lines,
    "base64url": _base64url,
    "hex": _hex,
    "hex capitals": lambda text: _hex(text).upper(),
    "quoted-printable at": _only_at("=40"),
    "quoted-printable all": _quoted_printable,
    "quoted-printable soft break": _soft_break,
    "encoded word q": _word_q,
    "encoded word b": _word_b,
    "encoded words split": _split_words,
    "encoded words of email.header": _words_of_header,
    "escape u": _only_at("\\u0040"),
    "escape x": _only_at("\\x40"),
    "escapes all": _each("\\u{:04x}"),
    "escape css": _only_at("\\40 "),
    "utf-7": _utf7,
    "zero-width spaces": _between("\u200b"),
    "zero-width joiners": _between("\u200d"),
    "zero-width non-joiners": _between("\u200c"),
    "soft hyphens": _between("\u00ad"),
    "word joiners": _between("\u2060"),
    "byte order marks": _between("\ufeff"),
    "direction marks": _between("\u200e"),
    "variation selectors": _between("\ufe0f"),
    "soft hyphen before at": _only_at("\u00ad@"),
    "cyrillic letters": lambda text: letters_of("aа eе oо pр cс xх yу iі", text),
    "greek letters": lambda text: letters_of("oο vν", text),
    "full-width": _full_width,
    "full-width at": _only_at("\uff20"),
    "small at": _only_at("\ufe6b"),
    "bold letters": _bold,
    "ideographic full stop": lambda text: "。".join(text.rsplit(".", 1)),
    "at in brackets": _spoken_domain("[at]", "."),
    "at in parentheses": _spoken_domain(" (at) ", "."),
    "at and dot spoken": _spoken_domain(" (at) ", " (dot) "),
    "at and dot in square brackets": _spoken_domain(" [at] ", " [dot] "),
    "AT and DOT": _spoken_domain(" AT ", " DOT "),
    "spaces around at": _only_at(" @ "),
    "backwards": lambda text: text[::-1],
    "verp": _verp,
}
"""Each of them once, by name; every one holds for a plain ASCII address."""

_INNER = {
    "base64": _base64,
    "percent": _percent_all,
    "entities": _each("&#{};"),
    "quoted-printable": _quoted_printable,
    "hex": _hex,
    "encoded word": _word_b,
    "zero-width": _between("\u200b"),
    "full-width at": _only_at("\uff20"),
    "escape u": _only_at("\\u0040"),
}
_OUTER = {
    "base64": _base64,
    "percent": _percent,
    "entities": _each("&#x{:x};"),
    "encoded word": _word_b,
    "quoted-printable": _quoted_printable,
    "hex": _hex,
}


def _nested(inner: Disguise, outer: Disguise) -> Disguise:
    return lambda text: outer(inner(text))


PAIRS: dict[str, Disguise] = {
    f"{first} in {second}": _nested(_INNER[first], _OUTER[second])
    for first, second in itertools.product(_INNER, _OUTER)
    if first != second
}
"""One disguise within another."""

IN_TEXT = {**DISGUISES, **PAIRS}
"""All of them."""
