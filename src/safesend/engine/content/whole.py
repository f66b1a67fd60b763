"""People with their files in hand: what other machines could not read comes along.

A row in the ledger names a personal file by its path on this machine. Where others are
to send it, the file itself stands in the row.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.engine.audience import Around, Copy
from safesend.errors import AttachmentError
from safesend.message.attachment import Attachment
from safesend.message.recipient import Recipient, restored_recipient

__all__ = ["Whole", "whole"]


@attrs.define(eq=False)
class Whole(Around):
    """The audience, everybody's files read."""

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        for copy in self.inner.copies():
            yield copy._replace(recipient=whole(copy.recipient))


def whole(recipient: Recipient) -> Recipient:
    """The same recipient, with files that lie on no disk.

    One that cannot be read stays as it is: nothing is sent with it.
    """
    if not recipient.attachments:
        return recipient
    return restored_recipient(
        recipient.address,
        dict(recipient.fields),
        attachments=tuple(map(_in_hand, recipient.attachments)),
        key=recipient.key,
        source=recipient.source,
    )


def _in_hand(file: Attachment) -> Attachment:
    try:
        data = file.load()
    except AttachmentError:
        return file
    return Attachment.from_bytes(
        data, name=file.name, content_type=file.content_type, cid=file.cid
    )
