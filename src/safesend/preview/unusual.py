"""What makes a row worth a look: characters that a letter seldom meets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from safesend.message.recipient import Recipient
from safesend.message.values import Value

__all__ = ["KINDS", "is_unseen", "texts", "unusual"]

# Hebrew, Arabic, Syriac, Thaana and their presentation forms; Adlam and the like.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_SIGNS = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
_MARKUP = re.compile("[<>&\"']")
_BRACES = re.compile(r"\{[{%#]|[%#}]\}")
# The joiners are written with (RFC 5892 appendix A.1), a soft hyphen is harmless.
_WRITTEN = frozenset("\t\n\r\u200c\u200d\u00ad")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def is_unseen(character: str) -> bool:
    """Whether nobody sees a character that may turn or hide others."""
    return unicodedata.category(character) in _UNSEEN and character not in _WRITTEN


def texts(value: Value) -> Iterator[str]:
    """Every text in a value; numbers and dates as they are printed."""
    match value:
        case str():
            yield value
        case tuple():
            for item in value:
                yield from texts(item)
        case Mapping():
            for item in value.values():
                yield from texts(item)
        case None:
            yield ""
        case _:
            yield str(value)


def _of_text(test: Callable[[str], object]) -> Callable[[Recipient, str], object]:
    return lambda _, text: test(text)


def _has_marks(text: str) -> bool:
    return not text.isascii() and any(map(unicodedata.combining, text))


def _has_unseen(text: str) -> bool:
    return not text.isprintable() and any(map(is_unseen, text))


def _has_foreign_address(recipient: Recipient, _: str) -> bool:
    address = recipient.address
    return address.needs_smtputf8 or "xn--" in address.domain


def _has_empty_field(recipient: Recipient, _: str) -> bool:
    return any(
        not text.strip() for value in recipient.fields.values() for text in texts(value)
    )


_TESTS: Mapping[str, Callable[[Recipient, str], object]] = {
    "letters outside of ASCII": _of_text(lambda text: not text.isascii()),
    "writing from right to left": _of_text(_RIGHT_TO_LEFT.search),
    "accents as characters of their own": _of_text(_has_marks),
    "characters that mean something in HTML": _of_text(_MARKUP.search),
    "braces, as templates have them": _of_text(_BRACES.search),
    "characters that nobody sees": _of_text(_has_unseen),
    "emoji or other signs": _of_text(_SIGNS.search),
    "an address outside of ASCII": _has_foreign_address,
    "a field left empty": _has_empty_field,
    "files of its own": lambda recipient, _: recipient.attachments,
}

KINDS = tuple(_TESTS)
"""In the words in which a person is told why a row was chosen."""


def unusual(recipient: Recipient, text: str, wanted: set[str]) -> list[str]:
    """What is unusual in a row whose values say `text`, of the kinds `wanted`."""
    return [kind for kind in wanted if _TESTS[kind](recipient, text)]
