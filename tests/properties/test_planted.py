"""An address planted at any place of a mail, in any disguise, is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.planting.mail import PLACES, READER
from checks.planting.spot import Spot
from checks.planting.text import IN_TEXT, to_a_label, to_u_label
from properties.worlds import EVE, FAITHFUL, SHAPES, each_disguise
from safesend.errors import Leak, Severity
from safesend.scanner.inspection import Watch

AUDIENCE = [
    *(f"member{number}@recipients.example" for number in range(40)),
    READER,
    EVE,
    *(f"member{number}@example.net" for number in range(40)),
]


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """The audience, with Eve in the middle of it."""
    with Watch(AUDIENCE) as looking:
        yield looking


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
    for name, message in each_disguise(spot):
        leaks = watch.inspect(message, READER)
        if not _names_eve(leaks, spot):
            missed.append(name)
        if _tells(leaks):
            told.append(name)
    assert (missed, told) == ([], [])


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
    assume(spot.takes(said))
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


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("ada@bücher.example", to_a_label("ada@bücher.example")),
        ("ada@xn--bcher-kva.example", to_u_label("ada@xn--bcher-kva.example")),
        ("ada@BÜCHER.example", "ada@bu\u0308cher.example"),
        ("jürgen@müller.example", "JÜRGEN@xn--mller-kva.example"),
        ("ada+club@example.com", "ada@example.com"),
        ("a.d.a.l@gmail.com", "adal@gmail.com"),
        ("adal@googlemail.com", "A.Dal+news@gmail.com"),
        ("Ada.Lovelace@Example.ORG", "ada.lovelace@example.org"),
        ("ada@example.org", "ada@example.org."),
        ("o'brien@example.ie", "'o'brien@example.ie'"),
        ("ada@example.org", "'ada@example.org'"),
        ("ada@example.org", "SMTP:ada@example.org"),
        ("ada@example.org", "ada@example.org,bob@example.org"),
        ("ada@example.org", "ada@\r\nexample.org"),
    ],
    ids=ascii,
)
def test_an_address_is_found_however_it_is_spelled(listed: str, written: str) -> None:
    """The list and the text may differ in case, labels, dots, tags and quotes."""
    message = PLACES["text utf-8 8bit"].make(written)
    with Watch([READER, listed]) as watch:
        assert any(leak.check == "I3" for leak in watch.inspect(message, READER))
