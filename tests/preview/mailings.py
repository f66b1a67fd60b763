"""Mailings to look at, for the tests of the room."""

from __future__ import annotations

import io

from PIL import Image

from safesend import Attachment, Campaign, Recipient, Template

__all__ = ["HOSTILE", "RED", "campaign", "person", "picture"]

RED = (200, 30, 40)

HOSTILE = (
    "</script><script>document.title='run'</script> \u202egpj.exe\u2066 ]]>"
    " \u2028 --><img src=x onerror=alert(1)> ${x} {{ x }}"
)
"""What a name may hold that somebody typed into a form to see what happens."""


def person(number: int = 0, *, domain: str = "example.org", **fields: object):
    """A row as a list has it."""
    given = {"name": f"Person {number}", **fields}
    return Recipient.from_row(
        f"p{number}@{domain}", given, source=f"people.csv:{number + 2}"
    )


def campaign(*people: Recipient, text="Dear {{ name }},\n\nhello.\n", **template):
    """A campaign to so many people, or to three."""
    more = {
        key: template.pop(key)
        for key in ("unsubscribe", "allow", "public", "private")
        if key in template
    }
    letter = Template(
        subject=template.pop("subject", "Hello {{ name }}"),
        text=text,
        attachments=template.pop("files", ()),
        **template,
    )
    return Campaign(
        name="fair",
        sender="The fair <fair@example.org>",
        template=letter,
        audience=list(people) or [person(n) for n in range(3)],
        **more,
    )


def picture(cid: str = "dot.png") -> Attachment:
    """A picture that travels with the letter."""
    octets = io.BytesIO()
    Image.new("RGB", (1, 1), RED).save(octets, "PNG")
    return Attachment.from_bytes(octets.getvalue(), name="dot.png", cid=cid)
