"""What a text tells of the computers behind it: hosts, addresses, paths, logins.

Each search is bounded, and begins at a fixed text, so that it is linear in the text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

__all__ = [
    "inner_host",
    "inner_network",
    "inner_path",
    "is_bare_host",
    "is_loopback",
    "login",
    "url_host",
]

_LONGEST = 60
"""Characters of a trace that are shown."""

# RFC 6762 (.local), RFC 8375 (home.arpa), RFC 6761 (.localhost), ICANN's .internal,
# and what firms and routers use without leave.
_INNER = (
    "corp|fritz\\.box|home\\.arpa|internal|intranet|lan|local|localdomain|localhost"
    "|speedport\\.ip"
)
_HOST = re.compile(
    rf"(?<![\w.-])(?:[a-z0-9_][a-z0-9_-]{{0,62}}\.){{1,8}}(?:{_INNER})"
    r"(?![\w-]|\.[a-z0-9])",
    re.IGNORECASE,
)
_MAY_BE_HOST = re.compile(rf"\.(?:{_INNER})(?![\w-])", re.IGNORECASE)
# What Windows calls a computer by itself.
_MACHINE = re.compile(r"(?<![\w.-])(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{6,12}(?![\w-])")
# RFC 1918, RFC 3927; RFC 4193 and RFC 4291 section 2.4.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_NETWORK_4 = re.compile(
    rf"(?<![\w.])(?:(?:10|127)\.{_OCTET}|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))"
    rf"\.{_OCTET}\.{_OCTET}(?![\w]|\.\d)"
)
_NETWORK_6 = re.compile(
    r"(?:(?<![\w:.])|(?<=\bIPv6:))(?:fe[89ab][0-9a-f]|f[cd][0-9a-f]{2}):(?=[0-9a-f:]{0,35}:)"
    r"[0-9a-f:]{2,36}(?![\w:])",
    re.IGNORECASE,
)
_LOOPBACK = re.compile(
    r"127\.[\d.]+|(?:[\w-]+\.)?localhost(?:\.localdomain)?|::1", re.IGNORECASE
)
_FOLDERS = ("users", "home", "documents and", "benutzer")
_WINDOWS = re.compile(
    r"(?<![\w])[a-z]:[\\/]{1,2}(?:Users|Documents and Settings|Benutzer|Home)"
    r"[\\/]{1,2}(?P<name>[^\\/\s:*?\"<>|%$(){}\[\]]{1,60})",
    re.IGNORECASE,
)
_UNIX = re.compile(
    r"(?<![\w./~>$}%*:&=-])/(?:home|Users)/(?P<name>[A-Za-z_][\w.-]{0,60})/[\w.]"
)
_FILE = re.compile(r"(?<!\w)file:/{1,5}[^\s\"'<>]{1,300}", re.IGNORECASE)
_SHARE = re.compile(
    r"(?<![\\\w])\\\\(?P<name>[A-Za-z0-9][\w.-]{1,62})\\[\w$][\w$.-]{1,80}"
)
_NOBODY = frozenset(
    str.split(
        """
    all app default example guest me name nobody pi public root runner shared someone
    ubuntu user username users vagrant vscode you yourname yourusername
    """
    )
)
"""Names in instructions, which tell nothing of anybody."""
_LOGIN = re.compile(
    r"\bfrom userid \d{1,10}|\(Authenticated sender:?[^)]{0,200}"
    r"|\bauthenticated[_ -](?:id|user):? ?[^\s;]{1,100}",
    re.IGNORECASE,
)
_URL_HOST = re.compile(
    r"\s{0,20}[a-z][a-z0-9+.-]{0,20}:[/\\]{2}(?:[^/\\?#\s@]{0,300}@)?"
    r"(?:\[(?P<six>[0-9a-f:.]{2,45})\]|(?P<host>[^/\\?#\s@:\[\]]{1,253}))",
    re.IGNORECASE,
)


def inner_host(text: str) -> str:
    """The first name in a text that only a local network knows; or nothing."""
    if _MAY_BE_HOST.search(text):
        found = _HOST.search(text)
        if found:
            return found[0][-_LONGEST:]
    if "-" in text:
        found = _MACHINE.search(text)
        if found:
            return found[0]
    return ""


def inner_network(text: str) -> str:
    """The first address in a text that is of a private network; or nothing."""
    found = _NETWORK_4.search(text) if "." in text else None
    if found is None and ":" in text:
        found = _NETWORK_6.search(text)
    return found[0] if found else ""


def inner_path(text: str) -> str:
    """The first path in a text that tells a user's name or a file server's; or "".

    Of a path only its beginning is given, as a person would write it.
    """
    if "/" not in text and "\\" not in text:
        return ""
    shown = ""
    lowered = text.lower()
    if any(folder in lowered for folder in _FOLDERS):
        shown = _named(_WINDOWS, text) or _named(_UNIX, text)
    if not shown and "\\\\" in text:
        shown = _named(_SHARE, text)
    if not shown and "file:/" in lowered:
        found = _FILE.search(text)
        if found:
            shown = _named(_WINDOWS, unquote(found[0])) or found[0][:_LONGEST]
    return shown


def login(text: str) -> str:
    """The first note in a trace of who logged in to send the mail; or nothing."""
    found = _LOGIN.search(text)
    return found[0][:_LONGEST] if found else ""


def url_host(url: str) -> str:
    """The host of an absolute URL, brackets left out; or nothing."""
    found = _URL_HOST.match(url)
    return (found["six"] or found["host"]) if found else ""


def is_bare_host(host: str) -> bool:
    """Whether this is the name of a computer without a domain."""
    return "." not in host and ":" not in host and bool(host)


def is_loopback(host: str) -> bool:
    """Whether it means the same computer for everybody, and so tells nothing."""
    return _LOOPBACK.fullmatch(host) is not None


def _named(pattern: re.Pattern[str], text: str) -> str:
    for found in pattern.finditer(text):
        if found["name"].lower() not in _NOBODY:
            return found[0][:_LONGEST]
    return ""
