"""A list of blind copies is sent along (L02).

Danger: Bcc is an instruction to the sender's own program. When the header itself is
sent, every reader can open the source of the message and read the whole list.

Real case: mail libraries in at least six languages wrote the Bcc header into the
message and trusted the next server to remove it. Most servers do, so nobody noticed,
until the message went through one that does not.

What safesend does: it never writes such a header. In any message that it inspects,
Bcc, Resent-Bcc and the private fields that programs keep beside them are refused,
also in a mail that is attached to it.

Way out: send one message to each person, and let no program write a Bcc header. If a
mail is attached, take its Bcc line out or attach a PDF of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader
from safesend.checks.piece import Kind
from safesend.checks.reading import Reading
from safesend.errors import Leak

__all__ = ["CHECK"]

# "header Bcc", "header X-Odoo-Bcc ", or in an attached mail "..., header Resent-Bcc".
_FIELD = re.compile(
    r"\bheader (?:[\w-]{0,60}-)?bcc(?:-[\w-]{0,60})?\s*(?:, decoded)?$", re.IGNORECASE
)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """Each Bcc header, once."""
    seen: set[str] = set()
    for piece in reading.pieces:
        if piece.kind is not Kind.HEADER:
            continue
        where = piece.where()
        if "bcc" not in where.lower() or not piece.text.strip(" \t\r\n,;"):
            continue
        if _FIELD.search(where) and where.removesuffix(", decoded") not in seen:
            seen.add(where.removesuffix(", decoded"))
            reason = "holds the list of blind copies, and would be sent"
            yield CHECK.leak(where, reason, reader)


CHECK = Check.of(__doc__, id="L02", examine=examine, allowable=False)
