"""How the server reads what DSN adds to MAIL and RCPT: to the letter of RFC 3461."""

from __future__ import annotations

import re
from collections.abc import Mapping

from safesend.testing.syntax import Bad

__all__ = ["OF_MAIL", "OF_RCPT", "check_wishes"]

OF_MAIL = frozenset({"RET", "ENVID"})
OF_RCPT = frozenset({"NOTIFY", "ORCPT"})

_XTEXT = r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})+"
# RFC 6533 section 3: "unitext" where SMTPUTF8 is in use.
_UNITEXT = (
    r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e\x80-\U0010ffff]|\\x\{[0-9A-F]+\})+"
)
_SHAPES = {
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(_XTEXT),
    "NOTIFY": re.compile(
        r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}",
        re.IGNORECASE,
    ),
    "ORCPT": re.compile(rf"(?:rfc822;{_XTEXT}|utf-8;{_UNITEXT})", re.IGNORECASE),
}
_LONGEST = {"ENVID": 100, "ORCPT": 500}
_HEX = re.compile(r"\+([0-9A-F]{2})")
_POINT = re.compile(r"\\x\{([0-9A-F]+)\}")


def check_wishes(
    parameters: Mapping[str, str], mailbox: str, *, utf8: bool
) -> dict[str, str]:
    """Those of the parameters that are of DSN. Raises `Bad`.

    `mailbox` is that of the command: ORCPT says the same at submission (section 4.2).
    """
    found = {name: parameters[name] for name in _SHAPES if name in parameters}
    for name, value in found.items():
        longest = _LONGEST.get(name)
        if longest is not None and len(f"{name}={value}".encode()) > longest:
            raise Bad(f"501 5.5.4 {name} is longer than {longest} octets")
        if _SHAPES[name].fullmatch(value) is None or not (value.isascii() or utf8):
            raise Bad(f"501 5.5.4 Not what {name} may say")
    if "ORCPT" in found and _original(found["ORCPT"]) != mailbox:
        raise Bad("501 5.5.4 ORCPT is another mailbox than that of RCPT")
    return found


def _original(value: str) -> str:
    kind, _, written = value.partition(";")
    code = _HEX if kind.lower() == "rfc822" else _POINT
    return code.sub(lambda hit: chr(int(hit[1], 16)), written)
