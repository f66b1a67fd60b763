"""One personal file goes to two people (L22).

Danger: A file that was made for one person, as an invoice or a certificate is, reaches
another one. One of the two reads what is not theirs.

Real case: Ireland's Data Protection Commission counts the wrong attachment among the
five commonest mistakes with e-mail. It takes one file name that was copied to the cell
below.

What safesend does: Files of a row are personal. It compares the content of all of them,
whatever they are called, and refuses when one is bound to rows of two people. One
person who stands in the list twice may get a file twice.

Way out: Correct the file's name in one of the two rows. A file that is the same for all
is no personal one: attach it to the template instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.addresses import keys_of
from safesend.checks.base import Check
from safesend.checks.circle import Reader
from safesend.checks.people import People
from safesend.errors import Leak
from safesend.message.number_table import NumberTable
from safesend.message.recipient import Recipient

__all__ = ["CHECK", "PersonalFiles"]


class PersonalFiles:
    """Whose each personal file is, by eight octets of its digest, in bounded memory.

    `people` tells which rows are one person's, and where a row stands; a recipient is
    in it before its files are taken.
    """

    __slots__ = ("_owners", "_people")

    def __init__(self, people: People) -> None:
        self._people = people
        self._owners = NumberTable()

    def take(self, recipient: Recipient, ordinal: int) -> Iterator[Leak]:
        """Take the files of a row, and tell which of them another person has as well.

        A file is read here, unless it was read before. Raises `AttachmentError` for
        one that cannot be. An empty file is nobody's.
        """
        if not recipient.attachments:
            return
        person = self._people.owner(keys_of(recipient.address)[0])
        person = ordinal if person is None else person
        for file in recipient.attachments:
            if not file.size:
                continue
            owner = self._owners.setdefault(int(file.sha256[:16], 16), person)
            if owner is not None and owner != person:
                yield CHECK.leak(
                    f"personal file {file.name!r}",
                    f"the personal file {file.name!r} also belongs to"
                    f" {self._people.row(owner)}",
                    Reader(recipient=recipient, row=recipient.source),
                )


CHECK = Check.of(__doc__, id="L22", examine=None, allowable=True)
