"""A header of a program's own carries a list (L12).

Danger: services and programs take orders in headers that no reader is shown: lists of
recipients, their data, their numbers. When the next server does not know the order,
it passes the header on, and everybody gets the list.

Real case: a plug-in of a business system took the Bcc header out, and wrote all hidden
recipients into a header of its own. The header with which a large sending service is
told whom to write to holds every recipient in a line of JSON; sent through another
service, it reaches the mailbox.

What safesend does: it writes no such headers. In any message that it inspects, a
header that names two or more people who are not yours is refused.

Way out: do not send the orders of one service through another. Take the header out of
the template or of the program that writes the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.impersonal import is_impersonal
from safesend.checks.piece import Kind
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_FEW = 1
_FIELD = re.compile(r"\bheader ([!-9;-~]{1,100})\s*(?:, decoded)?$", re.IGNORECASE)
# Whom a message is from and for is the matter of L01, L02 and L08. Identifiers and
# signatures look like addresses and are none (RFC 5322 section 3.6.4, RFC 6376).
_OTHER_MATTER = re.compile(
    r"(?:resent-)?(?:to|cc|bcc|from|sender|reply-to)|return-path|received(?:-spf)?"
    r"|.{0,60}message-?id|content-id|in-reply-to|references|x-references|supersedes"
    r"|thread-index|dkim-signature|domainkey-signature|x-google-dkim-signature|arc-.*"
    r"|(?:x-)?authentication-results|.{0,60}-(?:bcc|cc)",
    re.IGNORECASE,
)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """Each header that names several people who are neither the reader nor yours."""
    named: dict[str, set[str]] = {}
    for one in reading.sightings:
        if one.piece.kind is not Kind.HEADER:
            continue
        place = one.piece.where().removesuffix(", decoded")
        if not _may_hold_a_list(place):
            continue
        first = one.mention.spellings[0]
        standing = circle.standing(one.mention, reader)
        if standing is Standing.FOREIGN or (
            standing is Standing.STRANGER and not is_impersonal(first, circle.domains)
        ):
            named.setdefault(place, set()).add(first)
    for place, people in named.items():
        if len(people) > _FEW:
            reason = f"carries a list of {len(people)} addresses"
            yield CHECK.leak(mask_text(place), reason, reader)


def _may_hold_a_list(place: str) -> bool:
    found = _FIELD.search(place)
    return found is not None and not _OTHER_MATTER.fullmatch(found[1])


CHECK = Check.of(__doc__, id="L12", examine=examine, allowable=True)
