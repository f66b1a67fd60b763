"""People who do not exist, at domains that never will (RFC 2606 section 3)."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

__all__ = ["address_of", "name_of", "write_people"]

_FIRST_NAMES = """
Ada Béla Chidi Dagný Esma François Gülşen Håkon Ines Jürgen Károly Łucja Małgorzata
Niamh Óscar Paweł Quentin Rūta Søren Tomáš Ursula Věra Wanjiru Ximena Ying Zoë
"""
_LAST_NAMES = """
Adeyemi Brännström Çelik Dąbrowski Eriksson Fernández Großmann Håland Ibáñez
Jónsdóttir Kovács Łukasik Müller Nguyễn O'Connor Pérez Quispe Rossi Šimić Tóth
Ünal Villeneuve Wójcik Xu Yang Žukauskas
"""
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_DOMAINS = (
    "example.org",
    "example.com",
    "example.net",
    "mail.example.org",
    "post.example.com",
    "staff.example.net",
)
# Letters that NFKD leaves whole.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "'": ""})


def name_of(number: int) -> tuple[str, str]:
    """The first and last name of the person with that number, counted from 0."""
    first, last = _FIRST[number % len(_FIRST)], number // len(_FIRST) % len(_LAST)
    return first, _LAST[last]


def address_of(number: int) -> str:
    """The address of that person; no two people share one."""
    first, last = map(_ascii, name_of(number))
    return f"{first}.{last}.{number}@{_DOMAINS[number % len(_DOMAINS)]}"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return plain.encode("ascii", "ignore").decode("ascii")


def write_people(file: Path, number: int) -> frozenset[str]:
    """Write a CSV of so many people; gives their addresses."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("email", "name", "member"))
        for who in range(number):
            rows.writerow((address_of(who), " ".join(name_of(who)), f"M{who:07d}"))
    return frozenset(map(address_of, range(number)))
