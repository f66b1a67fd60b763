"""Hypothesis strategies for those who test what they build on safesend."""

from __future__ import annotations

import html
import string
from typing import Any

from safesend.errors import ConfigurationError

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ConfigurationError(
        "safesend.testing.strategies needs hypothesis: pip install hypothesis"
    ) from error

from safesend.checks.addresses import keys_of, mentions
from safesend.message.recipient import Recipient
from safesend.message.template import Template

__all__ = ["addresses", "audiences", "hostile_text", "recipients", "templates"]

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

_LETTERS = string.ascii_letters + string.digits + " .,;:!?'-()&<>\"äßéŁЖ中"
_PLACES = (
    "{{ FIELD }}",
    "{{ FIELD or '' }}",
    "{{ FIELD|upper }}",
    "{% if FIELD %}{{ FIELD }}{% endif %}",
    "{% if FIELD %}yes{% else %}no{% endif %}",
)
"""Ways in which a template prints, or asks for, a field."""


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


def recipients(
    *fields: str, values: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[Recipient]:
    """Recipients with these fields; their values are hostile, or of a strategy."""
    value = hostile_text().map(_writable) if values is None else values
    rows = st.fixed_dictionaries(dict.fromkeys(fields, value))
    return st.builds(Recipient.from_row, addresses(), rows)


def audiences(
    *fields: str,
    values: st.SearchStrategy[Any] | None = None,
    min_size: int = 1,
    max_size: int = 8,
) -> st.SearchStrategy[list[Recipient]]:
    """Lists of recipients, as a campaign takes them.

    All rows have these fields. No mailbox is in a list twice, not even with another
    +tag, and no address reads as another one ("o/ada@x.example" holds ada's). Values
    are hostile, so that a campaign refuses many of the lists; give a strategy of
    harmless `values`, such as `st.from_regex("[a-z]+", fullmatch=True)`, where all are
    to be sent.
    """
    return st.lists(
        recipients(*fields, values=values).filter(_reads_as_itself),
        min_size=min_size,
        max_size=max_size,
        unique_by=lambda recipient: keys_of(recipient.address)[-1],
    )


def templates(*fields: str) -> st.SearchStrategy[Template]:
    """Templates that print these fields, or some of them, and no others.

    In the subject, the text and the html: plainly, in a condition, through a filter, or
    with "or" for a row that has none. The words between are harmless.
    """
    line = st.lists(_pieces(fields), max_size=4).map(" ".join)
    text = st.lists(line, min_size=1, max_size=4).map("\n".join)
    page = text.map("<p>{}</p>\n".format)
    bodies = st.one_of(
        st.tuples(text, st.none()), st.tuples(st.none(), page), st.tuples(text, page)
    )
    return st.builds(_template, line, bodies)


def _writable(text: str) -> str:
    """Without lone surrogates, which no list that was read can hold."""
    return text.encode("utf-8", "ignore").decode()


def _reads_as_itself(recipient: Recipient) -> bool:
    """Whether nobody can take the address for another one as well."""
    own = recipient.address
    found = {one for mention in mentions(own.wire) for one in mention.spellings}
    return found <= {*keys_of(own)}


def _pieces(fields: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Words, and places of fields."""
    words = st.text(_LETTERS, max_size=20).map(html.escape)
    places = [place.replace("FIELD", field) for field in fields for place in _PLACES]
    return st.one_of(words, st.sampled_from(places)) if places else words


def _template(line: str, bodies: tuple[str | None, str | None]) -> Template:
    text, page = bodies
    return Template(f"A letter {line}", text=text, html=page)
