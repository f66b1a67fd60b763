import datetime as dt
import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.pasts import FULL, NOON, ZONE, account
from safesend.dossier import charts
from safesend.dossier.charts import NARROW, WIDE, outcomes, throughput
from safesend.dossier.facts import Provider
from safesend.ledger.history import Bucket, Timeline
from safesend.ledger.values import State

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 6.2
"""As wide as a letter is drawn at twelve pixels, on the average."""

COUNTS = st.one_of(st.integers(0, 5), st.integers(0, 10**9))
STATES = sorted(set(State) - {State.DRAFT})
PROVIDERS = st.lists(
    st.builds(
        Provider,
        st.text(max_size=80),
        st.dictionaries(st.sampled_from(STATES), COUNTS),
        st.integers(1, 10**6),
    ),
    max_size=13,
)


@st.composite
def timelines(draw):
    width = draw(st.sampled_from([1, 5, 60, 900, 3600, 86_400, 604_800]))
    first = draw(st.integers(0, 4 * 10**9 // width))
    steps = draw(st.lists(st.integers(1, 60), max_size=40))
    places = itertools.accumulate(steps, initial=first)
    buckets = [
        Bucket(place * width, *(draw(COUNTS) for _ in range(3))) for place in places
    ]
    return Timeline(width, tuple(buckets))


def drawn(svg):
    """The drawing, which any reader of XML understands; no number in it is none."""
    root = ET.fromstring(svg)
    for one in root.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height", "d"):
            numbers = re.findall(r"[^MLZ\s]+", one.get(name, ""))
            assert all(re.fullmatch(r"-?\d+(\.\d+)?", n) for n in numbers)
    return root


def boxes(root):
    """Where the words stand: left, right and the line below them."""
    for one in root.iter(f"{SVG}text"):
        wide, x = LETTER * len(one.text or ""), float(one.get("x"))
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}
        yield left[one.get("text-anchor")], wide, float(one.get("y"))


def assert_apart(root, width):
    """No two words lie over each other, and none leaves the drawing."""
    found = sorted(boxes(root), key=lambda box: (box[2], box[0]))
    for (left, wide, y), (other, _, line) in itertools.pairwise(found):
        assert line != y or left + wide <= other
    assert all(left >= -1 and left + wide <= width + 2 for left, wide, _ in found)


@given(timelines(), st.sampled_from([NARROW, WIDE]))
def test_any_course_can_be_drawn(line, width):
    """
    Whatever the counts are, it is well-formed, stays inside, and its words are apart.
    """
    root = drawn(throughput(line, dt.UTC, width, "a"))

    assert root.get("role") == "img"
    assert_apart(root, width)
    for path in root.iter(f"{SVG}path"):
        xs = [
            float(point.split()[0]) for point in re.findall(r"[\d. ]+", path.get("d"))
        ]
        assert min(xs) >= 0
        assert max(xs) <= width


@given(PROVIDERS, st.sampled_from([NARROW, WIDE]))
def test_any_outcomes_can_be_drawn(providers, width):
    """
    Whatever they are called and however many there are.
    """
    svg = outcomes(providers, width, "a")
    if not providers:
        assert svg == ""
        return
    root = drawn(svg)

    for bar in root.iter(f"{SVG}rect"):
        assert float(bar.get("width")) > 0
        assert float(bar.get("x")) + float(bar.get("width")) <= width + 0.1
    assert_apart(root, width)


def test_what_was_never_answered_is_not_drawn():
    """
    No empty axes.
    """
    assert throughput(Timeline(), dt.UTC, WIDE, "a") == ""


def test_a_drawing_says_what_it_shows():
    """
    A title and a description, which belong to it and to no other one.
    """
    dossier = account(FULL)
    pace = drawn(throughput(FULL.timeline, ZONE, WIDE, "pace"))
    bars = drawn(outcomes(dossier.providers, NARROW, "bars"))

    assert pace.get("aria-labelledby") == "pace-title pace-about"
    assert pace.find(f"{SVG}title").get("id") == "pace-title"
    assert pace.find(f"{SVG}desc").text == (
        "78 accepted between 1 March 2027, 13:00:00 and 1 March 2027, 13:06:00; the"
        " most a minute were 37 answers."
    )
    assert bars.find(f"{SVG}desc").text == (
        "example.org: 74 people, 81.1 % accepted, 10 refused; example.net: 29 people,"
        " 65.5 % accepted, 0 refused; another provider: 1 person, 100 % accepted,"
        " 0 refused."
    )


def test_areas_stand_on_each_other_and_gaps_are_gaps():
    """
    Two minutes, three without anything, and a minute more.
    """
    root = drawn(throughput(FULL.timeline, ZONE, WIDE, "a"))
    accepted, refused, other = (path.get("d") for path in root.iter(f"{SVG}path"))

    assert [path.get("class") for path in root.iter(f"{SVG}path")] == [
        "accepted",
        "refused",
        "other",
    ]
    assert accepted.count("M") == refused.count("M") == other.count("M") == 2
    top = accepted.split("L")[0].removeprefix("M").split()
    assert top[1] in refused


def test_a_series_without_anything_is_left_out():
    """
    Where nobody was refused there is no refused area.
    """
    line = Timeline(1, (Bucket(NOON, 3),))
    root = drawn(throughput(line, ZONE, WIDE, "a"))

    assert [path.get("class") for path in root.iter(f"{SVG}path")] == ["accepted"]


def test_bars_are_as_long_as_their_people():
    """
    Half as many, half as long; the parts of a bar make up the whole.
    """
    half = Provider("b.example", {State.ACCEPTED: 40, State.REFUSED: 10})
    whole = Provider("a.example", {State.ACCEPTED: 100})
    root = drawn(outcomes([whole, half], WIDE, "a"))
    [long, most, rest] = [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")]

    assert most + rest == pytest.approx(long / 2, abs=0.1)
    assert 3.5 < most / rest < 4.1


def test_a_single_refusal_can_be_seen():
    """
    One of a million is two units wide.
    """
    one = Provider("a.example", {State.ACCEPTED: 10**6, State.REFUSED: 1})
    root = drawn(outcomes([one], WIDE, "a"))

    assert [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")][1] >= 2


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '" onload="x', "a\0\x1b"]
)
def test_names_are_texts_and_nothing_else(name):
    """
    A provider that calls itself a script is drawn as one that is called so.
    """
    svg = outcomes([Provider(name, {State.ACCEPTED: 2})], NARROW, "a")

    assert {one.tag for one in drawn(svg).iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "text", "rect")
    }
    assert "<script" not in svg


def test_rates_and_others_in_words():
    """
    As the axis and the table call them.
    """
    told = [charts.rate_of(width) for width in (1, 60, 3600, 86_400, 300, 15)]

    assert told == ["a second", "a minute", "an hour", "a day", "in 5 min", "in 15 s"]
    named = [Provider("a.example", {}), Provider("", {}), Provider("", {}, 1234)]
    assert [charts.others(one) for one in named] == [
        "a.example",
        "another provider",
        "1,234 others",
    ]
