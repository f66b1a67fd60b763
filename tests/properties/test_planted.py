"""An address planted at any place, in any disguise, in any file is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.planting import text as disguises
from checks.planting.files import FILES
from checks.planting.mail import PLACES, READER
from checks.planting.office import KINDS, OfficeFile
from checks.planting.pdf import PDFS
from checks.planting.sources import LETTER, SHEETS, SLIDES, planted_in
from checks.planting.spot import Spot
from checks.planting.written import WRITTEN
from safesend.checks.addresses import keys_of, mentions
from safesend.checks.documents.files import read_file
from safesend.checks.piece import Piece
from safesend.errors import Leak, Severity
from safesend.message.address import Address
from safesend.scanner.inspection import Watch

EVE = "eve.stone@example.net"
KEYS = frozenset(keys_of(Address.parse(EVE)))
AUDIENCE = [
    *(f"member{number}@recipients.example" for number in range(40)),
    READER,
    EVE,
    *(f"member{number}@example.net" for number in range(40)),
]
PLAIN = {"as it is": str}
IN_TEXT = {**disguises.DISGUISES, **disguises.PAIRS}


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """The audience, with Eve in the middle of it."""
    with Watch(AUDIENCE) as looking:
        yield looking


def _planted(spot: Spot) -> Iterator[tuple[str, bytes]]:
    """The spot with each disguise that may stand at it."""
    for name, disguise in (IN_TEXT if spot.verbatim else PLAIN).items():
        said = disguise(EVE)
        if spot.takes(said):
            yield name, spot.make(said)


def _names_eve(leaks: list[Leak], spot: Spot) -> bool:
    """Whether a refusing leak says that another recipient stands at this place."""
    return any(
        leak.check == "I3"
        and leak.severity is Severity.REFUSE
        and all(word in leak.place for word in spot.place)
        for leak in leaks
    )


def _tells(leaks: list[Leak]) -> bool:
    """Whether the text of a leak holds what it should keep to itself."""
    said = " ".join(f"{leak} {leak.advice}" for leak in leaks).casefold()
    return "eve.stone" in said or "eve%2estone" in said


@pytest.mark.parametrize("spot", PLACES.values(), ids=str)
def test_an_address_is_found_at_every_place_of_a_mail(spot: Spot, watch: Watch) -> None:
    """Each place of a message times each disguise: refused, and never repeated."""
    missed, told = [], []
    for name, message in _planted(spot):
        leaks = watch.inspect(message, READER)
        if not _names_eve(leaks, spot):
            missed.append(name)
        if _tells(leaks):
            told.append(name)
    assert (missed, told) == ([], [])


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
    missed = [name for name, file in _planted(spot) if not _found_in(spot, file)]
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
# What LibreOffice itself leaves out of a format.
LEFT_OUT = {
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


def _kept(path: object, address: str) -> bool:
    octets = path.read_bytes()
    return address.encode() in octets or address.encode("utf-16-le") in octets


SHAPES = st.sampled_from(
    [
        "ada@example.org",
        "Ada.Lovelace@Example.ORG",
        "ada+club@example.com",
        "a.d.a.l@gmail.com",
        "o'brien@example.ie",
        "x@y.example",
        "maria-luisa_99@sub.mail.example.co.uk",
        "ada@bücher.example",
        "jürgen@müller.example",
        "123456@qq.example",
        "a" * 64 + "@example.org",
    ]
)
# Those that keep every character, so that any address may go through them.
FAITHFUL = st.sampled_from(
    [
        "as it is",
        "percent all",
        "entities all",
        "base64",
        "base64url",
        "hex",
        "quoted-printable all",
        "encoded word q",
        "encoded word b",
        "zero-width spaces",
        "full-width at",
    ]
)
SPOTS = st.sampled_from(list(PLACES.values()))


@given(
    victim=SHAPES,
    spot=SPOTS,
    disguise=FAITHFUL,
    others=st.lists(st.integers(0, 99), unique=True, max_size=20),
    place=st.integers(0, 20),
)
def test_whoever_is_planted_is_found(
    victim: str, spot: Spot, disguise: str, others: list[int], place: int
) -> None:
    """Any address in any row of any list, at any place, in any faithful disguise."""
    said = IN_TEXT[disguise](victim) if spot.verbatim else victim
    if not spot.takes(said):
        said = victim
    if not spot.takes(said):
        return
    audience = [READER, *(f"m{number}@example.net" for number in others)]
    audience.insert(min(place, len(audience)), victim)
    with Watch(audience) as watch:
        leaks = watch.inspect(spot.make(said), READER)
    assert _names_eve(leaks, spot)


@given(spot=SPOTS, others=st.lists(st.integers(0, 99), unique=True, max_size=20))
def test_nobody_planted_is_nobody_found(spot: Spot, others: list[int]) -> None:
    """The same mail with the reader's own address names no other recipient."""
    with Watch([READER, *(f"m{n}@recipients.example" for n in others)]) as watch:
        leaks = watch.inspect(spot.make(READER), READER)
    assert [leak for leak in leaks if leak.check == "I3"] == []
