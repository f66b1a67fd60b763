"""The first question to every text: may an address be hidden in it at all?"""

from __future__ import annotations

import re

from safesend.checks.folding import INVISIBLE

__all__ = ["hinted", "may_hide"]

# One class first, so that a text without a hint is passed in one quick scan; then what
# must stand around the character. It lets through more than there is to find.
_FIRST = r"%&=\\(\[{<_\-+A-Z2-7\x00-\x08\x0e-\x1f\x7f"
_AROUND = (
    # base64: the second digit of "@" is a capital, and the first is a letter or figure
    r"(?:(?<=[A-Z])(?:(?<=[a-z0-9][A-Z])|(?<=[A-Z][A-Z])(?=[A-Za-z0-9+/_\-]{6})"
    r"|(?<=\sA)T\s)"
    # hexadecimal
    r"|(?<=[2-7])[0-9A-Fa-f](?:(?:[2-7][0-9A-Fa-f]|[CDcd][0-9A-Fa-f][89A-Ba-b][0-9A-Fa-f]"
    r"|[Ee][0-9A-Fa-f](?:[89A-Ba-b][0-9A-Fa-f]){2}){3}|00[2-7]"
    r"|(?:[ :,\-] ?(?:0x)?[0-9A-Fa-f]{2}){4})"
    r"|(?<![A-Z2-7])(?:(?<=%)(?:u|[0-9A-Fa-f]{2})"
    r"|(?<=&)[#A-Za-z]"
    r"|(?<==)(?:\?|[0-9A-Fa-f]{2}|[ \t]{0,3}\r?\n)"
    r"|(?<=\\)\S"
    r"|(?<=\+)A[A-H]"
    r"|(?<=[(\[{<])\s{0,2}(?i:at|\u00e4t|arroba|arobase|a|@|dot|punkt|point|punto|\.)"
    r"\s{0,2}[)\]}>]"
    r"|(?<=[\-_])(?:at|dot)[\-_]"
    r"|(?<=[^\t\n\r !-~])))"  # a wide sign, something invisible
)
_WIDE = "\uff05\uff06\uff08\uff1c\uff1d\uff20\uff3b\uff3c\uff5b\ufe6b"
_IN_ASCII = re.compile(f"[{_FIRST}]{_AROUND}")
_IN_UNICODE = re.compile(f"[{_FIRST}{_WIDE}{INVISIBLE}]{_AROUND}")


def hinted(text: str) -> bool:
    """Whether anything in the text could be an address or hide one."""
    return "@" in text or may_hide(text)


def may_hide(text: str) -> bool:
    """Whether an address could stand in the text in a disguise other than turned round.

    Written backwards and in ROT13 an address looks like an address.
    """
    found = _IN_ASCII if text.isascii() else _IN_UNICODE
    return found.search(text) is not None
