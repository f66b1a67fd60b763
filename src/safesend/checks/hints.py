"""The first question to every text: may there be an address in it at all?"""

from __future__ import annotations

import re

from safesend.checks.folding import INVISIBLE

__all__ = ["hinted"]

# One class first, so that a text without a hint is passed in one quick scan; then what
# must stand around each character. It lets through more than there is to find.
_HINT = re.compile(
    rf"[@%&=\\(\[{{<_\-+A-Z2-7\uff05\uff06\uff08\uff1c\uff1d\uff20\uff3b\uff3c\uff5b\ufe6b"
    rf"{INVISIBLE}]"
    r"(?:(?<=[^\x01-?A-\x7f])"  # an at sign, a wide sign, something invisible
    r"|(?<=%)(?:u|[0-9A-Fa-f]{2})"
    r"|(?<=&)(?:#|[A-Za-z])"
    r"|(?<==)(?:\?|[0-9A-Fa-f]{2}|[ \t]{0,3}\r?\n)"
    r"|(?<=\\)[^\s]"
    r"|(?<=\+)A[A-H]"
    r"|(?<=[(\[{<])\s{0,2}(?i:at|ät|arroba|arobase|a|@)\s{0,2}[)\]}>]"
    r"|(?<=[\-_])at[\-_]"
    r"|(?<=\sA)T\s"
    r"|(?<=[A-Za-z0-9+/_\-][A-Z])"  # base64
    r"|(?<=[2-7])(?:(?:[0-9A-Fa-f][2-7]){3}|(?:[0-9A-Fa-f]00[2-7]){2}"
    r"|[0-9A-Fa-f](?:[ :,\-]|, ?)(?:0x)?[2-7][0-9A-Fa-f][ :,\-]))"  # hexadecimal
)


def hinted(text: str) -> bool:
    """Whether anything in the text could be an address or hide one."""
    return _HINT.search(text) is not None
