"""An address planted in any file, at any of its places, is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.planting.files import FILES
from checks.planting.office import KINDS, OfficeFile
from checks.planting.pdf import PDFS
from checks.planting.sources import LETTER, SHEETS, SLIDES, planted_in
from checks.planting.spot import Spot
from checks.planting.text import IN_TEXT
from checks.planting.written import WRITTEN
from properties.worlds import EVE, each_disguise
from safesend.checks.addresses import keys_of, mentions
from safesend.checks.documents.files import read_file
from safesend.checks.piece import Piece
from safesend.message.address import Address

KEYS = frozenset(keys_of(Address.parse(EVE)))


def _found_in(spot: Spot, content: bytes) -> bool:
    for found in read_file(spot.file, content):
        if isinstance(found, Piece):
            for mention in mentions(found.text):
                if not KEYS.isdisjoint(mention.spellings) and all(
                    word in found.where(mention.offset) for word in spot.place
                ):
                    return True
    return False


@pytest.mark.parametrize("spot", [*FILES.values(), *PDFS.values()], ids=str)
def test_an_address_is_found_at_every_place_of_a_file(spot: Spot) -> None:
    """Each place of each format times each disguise, read as an attachment is."""
    missed = [name for name, file in each_disguise(spot) if not _found_in(spot, file)]
    assert missed == []


@pytest.mark.parametrize("spot", WRITTEN.values(), ids=str)
def test_an_address_is_found_at_every_place_of_an_office_file(spot: Spot) -> None:
    """What openpyxl, XlsxWriter, python-docx, python-pptx and odfpy wrote is read."""
    names = ("as it is", "base64", "zero-width spaces", "entities all", "percent all")
    missed = [
        name
        for name in (names if spot.verbatim else names[:1])
        if spot.takes(said := IN_TEXT[name](EVE))
        and not _found_in(spot, spot.make(said))
    ]
    assert missed == []


SOURCES = {"sheets": SHEETS, "letter": LETTER, "slides": SLIDES}
LEFT_OUT = {
    # Refused as a whole (an old Excel file); codes of the header stand before them.
    ("sheets", "xls"): {"page.header", "page.footer"},
    # What LibreOffice itself leaves out.
    ("slides", "pptx"): {"slide.name", "shape.title", "shape.description"},
}
COMPLETE = {"xlsx", "ods", "docx", "odt", "pptx", "odp"}


@pytest.mark.parametrize(
    ("source", "kind"), [(s, kind) for s, kinds in KINDS.items() for kind in kinds]
)
def test_what_libreoffice_writes_is_read(
    source: str, kind: str, office_file: OfficeFile
) -> None:
    """Every address that LibreOffice puts into a file is found where it stands."""
    path = office_file(source, kind)
    texts = [
        found.text
        for found in read_file(path.name, path.read_bytes())
        if isinstance(found, Piece)
    ]
    seen = {s for text in texts for m in mentions(text) for s in m.spellings}
    expected = planted_in(SOURCES[source])
    if kind not in COMPLETE:
        expected = {address for address in expected if _kept(path, address)}
    left_out = LEFT_OUT.get((source, kind), set())
    missed = {address.partition("@")[0] for address in expected - seen}
    assert missed - left_out == set()


def _kept(path: Path, address: str) -> bool:
    octets = path.read_bytes()
    return address.encode() in octets or address.encode("utf-16-le") in octets
