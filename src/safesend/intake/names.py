"""The columns of a list: what a template calls them, and which one has the address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["address_columns", "identifier"]

_SURE = frozenset(
    {
        "adresse_e_mail",
        "adresse_email",
        "adresse_mail",
        "correo",
        "correo_electronico",
        "correo_electrónico",
        "courriel",
        "e_mail",
        "e_mail_address",
        "e_mail_adresse",
        "email",
        "email_address",
        "email_adresse",
        "emailaddress",
        "mail",
        "mail_address",
        "mailadresse",
        "posta_elettronica",
    }
)
# These may as well be where somebody lives: taken when nothing better is there.
_LIKELY = frozenset({"address", "adresse", "dirección", "direccion", "indirizzo"})


def identifier(title: str) -> str:
    """What a template calls a column: "First name" -> "first_name".

    Lower case; runs of other than letters, digits and "_" become one "_", at the end
    none; a digit in front gets a "_". Empty when nothing is left. The identifier of
    an identifier is itself.
    """
    title = unicodedata.normalize("NFC", title.strip().lower())
    name = re.sub(r"\W+", "_", title).rstrip("_")
    return f"_{name}" if name[:1].isdigit() else name


def address_columns(names: Iterable[str]) -> list[str]:
    """The identifiers that are usual for a column of addresses, if any is there."""
    names = list(names)
    for usual in _SURE, _LIKELY:
        found = [name for name in names if name in usual]
        if found:
            return found
    return []
