"""Hypothesis strategies for those who test what they build on safesend."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from safesend.message.recipient import Recipient

__all__ = ["addresses", "hostile_text", "recipients"]

_ATEXT = string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-"
_LABEL = string.ascii_lowercase + string.digits

_HOSTILE = (
    "\r\nBcc: eve@example.net",
    "\nBcc: eve@example.net\n\n",
    "\r",
    "\n.\r\n",
    "\r\n.\r\nMAIL FROM:<eve@example.net>\r\n",
    "=?utf-8?Q?=0A?=Bcc: eve@example.net",
    "=?utf-8?B?CkJjYzogeA==?=",
    "eve@example.net, mallory@example.net",
    "Ada <ada@example.net>",
    "\0",
    "\x7f\x85\u2028\u2029",
    "\u202eevil\u202c",
    "\u200b\ufeff",
    "\U0001f600" * 40,
    "{{ 7 * 7 }}{% raw %}",
    "<script>alert(1)</script>&amp;",
    ".leading dot\n..\n",
    "From the start\n>From\n",
    "trailing blanks \t \n",
    "--=_boundary--",
    "x" * 2000,
    "%(name)s ${name} *|NAME|*",
)


def addresses(domain: str | None = None) -> st.SearchStrategy[str]:
    """Ordinary addresses, on reserved domains (RFC 2606) or on the one given."""
    atoms = st.text(_ATEXT, min_size=1, max_size=12)
    local = st.lists(atoms, min_size=1, max_size=3).map(".".join)
    label = st.text(_LABEL, min_size=1, max_size=12)
    tops = st.sampled_from(("example", "test", "example.org", "example.com"))
    domains = st.builds("{}.{}".format, label, tops)
    return st.builds(
        "{}@{}".format,
        local.filter(lambda text: "=?" not in text),
        domains if domain is None else st.just(domain),
    )


def hostile_text() -> st.SearchStrategy[str]:
    """What a cell of a list may hold when somebody wants to break something."""
    pieces = st.one_of(
        st.sampled_from(_HOSTILE),
        st.text(max_size=20),
        st.characters(exclude_categories=()).map(str),  # lone surrogates, too
    )
    return st.lists(pieces, max_size=4).map("".join)


def recipients(*fields: str) -> st.SearchStrategy[Recipient]:
    """Recipients with these fields, harmless or hostile."""
    values = st.fixed_dictionaries({field: hostile_text() for field in fields})
    return st.builds(Recipient.from_row, addresses(), values)
