"""One row's message for another mailbox: nobody's address is in it but that one.

Who tries a letter sees what a row's person would see. The person's own address, where a
field holds it, becomes the address that the message goes to. A spelling that is not
replaced here is found by the checks, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from safesend.errors import AddressError
from safesend.message.address import Address
from safesend.message.recipient import Recipient, restored_recipient
from safesend.message.values import Value

__all__ = ["stand_in"]

_BLANKS = " \t\u00a0"


def stand_in(recipient: Recipient, address: Address, key: str) -> Recipient:
    """The recipient's fields and files for the mailbox at `address`.

    In texts the recipient's own address, plain or percent-encoded, in any case, becomes
    the new one, as the whole of a value or inside of it.
    """
    replace = _replacing(recipient.address, address)
    fields = {name: _replaced(value, replace) for name, value in _items(recipient)}
    return restored_recipient(
        address,
        fields,
        attachments=recipient.attachments,
        key=key,
        source=recipient.source,
    )


def _items(recipient: Recipient) -> list[tuple[str, Value]]:
    return list(recipient.fields.items())


def _replaced(value: Value, replace: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, replace) for item in value)
    if isinstance(value, Mapping):
        replaced = {name: _replaced(item, replace) for name, item in value.items()}
        return MappingProxyType(replaced)
    return value


def _replacing(own: Address, other: Address) -> Callable[[str], str]:
    locals_ = _either(own.local, quote(own.local, safe=""))
    domains = _either(own.domain, own.unicode_domain)
    # "xada@..." and "...@example.org.uk" are somebody else's.
    inside = re.compile(
        rf"(?<![\w.+-]){locals_}(@|%40){domains}(?![\w-]|\.\w)", re.IGNORECASE
    )

    def replace(text: str) -> str:
        if "@" not in text and "%40" not in text:
            return text
        if _is(own, text):
            return other.wire
        return inside.sub(lambda hit: _written(other, hit[1]), text)

    return replace


def _either(*spellings: str) -> str:
    return f"(?:{'|'.join(map(re.escape, dict.fromkeys(spellings)))})"


def _written(address: Address, at: str) -> str:
    return address.wire if at == "@" else quote(address.wire, safe="")


def _is(own: Address, text: str) -> bool:
    try:
        return Address.parse(text.strip(_BLANKS)) == own
    except AddressError:
        return False
