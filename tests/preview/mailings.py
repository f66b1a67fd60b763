"""Mailings to look at, for the tests of the room."""

from __future__ import annotations

from safesend import Attachment, Campaign, Recipient, Template

__all__ = ["HOSTILE", "PNG", "RED", "campaign", "person"]

RED = (200, 30, 40)

# One red point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c6338212707000300010d37c19d2a0000000049454e44ae426082"
)

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
    return Attachment.from_bytes(PNG, name="dot.png", cid=cid)
