"""Two columns that must agree do not (L17).

Danger: The list was joined from two, and one of them has slipped: each address stands
beside the name, the balance or the diagnosis of another person. Every row is complete,
no address is wrong, and every letter goes to the wrong one.

Real case: In 2021 a utility of the Cayman Islands joined a column of contacts to the
wrong rows of accounts: 123 people were concerned. Columns that come from both lists and
must say the same show such a slip in the first row.

What safesend does: With verify=("account", "account in letter") it compares the two
columns of each row before anything is sent; "address" stands for the recipient's own
address. Addresses are compared as addresses, all else without regard to capitals and
spaces. One row that differs stops the mailing.

Way out: Join the list again by a key that both sides have, never by the order of the
rows, and look at the row that is named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from safesend.checks.base import Check
from safesend.checks.circle import Reader
from safesend.errors import AddressError, ConfigurationError, Leak
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.redaction import mask_text

__all__ = ["CHECK", "mismatch"]

_OWN = "address"


def mismatch(pairs: Sequence[tuple[str, str]], recipient: Recipient) -> Iterator[Leak]:
    """The pairs of columns that do not say the same in a recipient's row.

    "address" is the recipient's own address, unless a column has this name. Two empty
    columns agree. Raises `ConfigurationError` for a column that the row does not have.
    """
    for one, other in pairs:
        left, right = _text(recipient, one), _text(recipient, other)
        if left != right and not _agree(left, right):
            yield CHECK.leak(
                f"columns {mask_text(one)!r} and {mask_text(other)!r}",
                _reason({one: left, other: right}),
                Reader(recipient=recipient, row=recipient.source),
            )


def _text(recipient: Recipient, column: str) -> str:
    if column not in recipient.fields:
        if column == _OWN:
            return recipient.address.wire
        raise ConfigurationError(_unknown(recipient, column))
    value = recipient.fields[column]
    # A spreadsheet keeps 17 as 17.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _unknown(recipient: Recipient, column: str) -> str:
    row = f"{recipient.source}: " if recipient.source else ""
    known = ", ".join(repr(mask_text(name)) for name in list(recipient.fields)[:20])
    return (
        f"{row}verify names the column {mask_text(column)!r}, which the row does not"
        f" have; it has {known or 'no columns'}, and 'address' is the address itself"
    )


def _agree(left: str, right: str) -> bool:
    if "@" in left and "@" in right:
        try:
            return Address.parse(left.strip()) == Address.parse(right.strip())
        except AddressError:
            pass
    return _plain(left) == _plain(right)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _reason(texts: dict[str, str]) -> str:
    for column, text in texts.items():
        if not text.strip():
            return f"column {mask_text(column)!r} is empty, and the other one is not"
    return "do not say the same, so the row may hold the data of two people"


CHECK = Check.of(__doc__, id="L17", examine=None, allowable=False)
