"""Two charts, drawn as SVG by hand: how fast it went, and how each provider answered.

Colours are classes (`accepted`, `refused`, ...) that the page's style sheet knows. The
same numbers stand in tables beside the charts, for who cannot see them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import attrs

from safesend.dossier.facts import Provider, shown
from safesend.dossier.scale import date_ticks, number_ticks
from safesend.dossier.words import GROUPS, count, length, moment, part, people
from safesend.ledger.history import Bucket, Timeline

__all__ = ["NARROW", "WIDE", "others", "outcomes", "rate_of", "throughput"]

NARROW, WIDE = 328, 720
"""The widths of a phone and of everything else; a chart is drawn for each."""

_SERIES = ("accepted", "refused", "other")
_LETTER = 6.6
"""The width of a letter, in units of the drawing; a little more than it is."""
_LEAST = 2.0
"""What is not nobody can be seen."""


def throughput(line: Timeline, zone: dt.tzinfo | None, width: int, name: str) -> str:
    """How many were answered when, as areas over a time axis; "" without answers.

    `name` makes the ids of this drawing its own within a page.
    """
    if not line.buckets:
        return ""
    plot = _Plot.of(line, width)
    drawn = [
        *_number_axis(plot),
        *_areas(line, plot),
        *_date_axis(plot, zone),
    ]
    told = sum(bucket.accepted for bucket in line.buckets)
    about = (
        f"{count(told)} accepted between {moment(plot.begins, zone)} and"
        f" {moment(plot.ends, zone)}; the most {rate_of(line.width)} were"
        f" {count(max(map(_total, line.buckets)))} answers."
    )
    return _drawing(
        drawn, (width, plot.height), "Answers of the mail server over time", about, name
    )


def outcomes(providers: Sequence[Provider], width: int, name: str) -> str:
    """How each provider answered, as bars of one scale; "" without providers."""
    if not providers:
        return ""
    told = max(len(_value(one)) for one in providers) * _LETTER
    place = _Narrow(width) if width < WIDE else _Wide(width, told)
    most = max(*(one.people for one in providers), 1)
    drawn: list[str] = []
    for number, one in enumerate(providers):
        drawn += place.words(number, others(one), _value(one))
        y, thick = place.bar(number)
        room = place.room * one.people / most
        drawn += _bar(one, place.left, room, y, thick)
    about = "; ".join(
        f"{others(one)}: {_value(one)}, {count(one.groups['refused'])} refused"
        for one in providers
    )
    size = (width, place.height(len(providers)))
    return _drawing(drawn, size, "Outcomes by provider", f"{about}.", name)


def rate_of(width: float) -> str:
    """How often: "a second", "a minute", "in 5 min"."""
    usual = {1: "a second", 60: "a minute", 3600: "an hour", 86_400: "a day"}
    return usual.get(int(width)) or f"in {length(width).removesuffix(' 0 s')}"


def others(one: Provider) -> str:
    """What to call a provider: its name, or how many others there are."""
    if one.name:
        return one.name
    return "another provider" if one.domains == 1 else f"{count(one.domains)} others"


def _drawing(
    drawn: Sequence[str], size: tuple[float, float], title: str, about: str, name: str
) -> str:
    width, height = (f"{side:g}" for side in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img"'
        f' aria-labelledby="{name}-title {name}-about">'
    )
    return "\n".join(
        [
            head,
            f'<title id="{name}-title">{_text(title)}</title>',
            f'<desc id="{name}-about">{_text(about)}</desc>',
            *drawn,
            "</svg>",
        ]
    )


def _text(text: str) -> str:
    return escape(shown(text))


# How fast it went.


@attrs.frozen
class _Plot:
    """Where in the drawing a date and a number are."""

    begins: float
    ends: float
    most: int
    ticks: tuple[int, ...]
    width: int
    unit: str
    left: float
    top: float = 34.0
    right: float = 38.0
    bottom: float = 44.0
    height: float = 260.0

    @classmethod
    def of(cls, line: Timeline, width: int) -> _Plot:
        buckets, most = line.buckets, max(map(_total, line.buckets))
        ticks = number_ticks(most)
        return cls(
            min(bucket.begins for bucket in buckets),
            max(bucket.begins for bucket in buckets) + line.width,
            ticks[-1],
            tuple(ticks),
            width,
            f"people {rate_of(line.width)}",
            max(38.0, 14 + _LETTER * len(count(ticks[-1]))),
        )

    def x(self, date: float) -> float:
        room = self.width - self.left - self.right
        return self.left + room * (date - self.begins) / (self.ends - self.begins)

    def y(self, number: float) -> float:
        room = self.height - self.top - self.bottom
        return self.top + room * (1 - number / self.most)


def _total(bucket: Bucket) -> int:
    return bucket.accepted + bucket.refused + bucket.other


def _areas(line: Timeline, plot: _Plot) -> Iterator[str]:
    """Each series stands on those before it; a gap in time is a gap in the drawing."""
    stretches = [*_stretches(line)]
    for number, series in enumerate(_SERIES):
        if not any(getattr(bucket, series) for bucket in line.buckets):
            continue
        path = "".join(
            _area(stretch, line.width, plot, _SERIES[:number], series)
            for stretch in stretches
        )
        yield f'<path class="{series}" d="{path}"/>'


def _stretches(line: Timeline) -> Iterator[list[Bucket]]:
    """Pieces of time that follow each other without a gap."""
    stretch: list[Bucket] = []
    for bucket in sorted(line.buckets, key=lambda one: one.begins):
        if stretch and bucket.begins > stretch[-1].begins + line.width * 1.5:
            yield stretch
            stretch = []
        stretch.append(bucket)
    yield stretch


def _area(
    stretch: Sequence[Bucket],
    width: float,
    plot: _Plot,
    below: Sequence[str],
    series: str,
) -> str:
    there: list[str] = []
    back: list[str] = []
    for bucket in stretch:
        left, right = plot.x(bucket.begins), plot.x(bucket.begins + width)
        low = sum(getattr(bucket, one) for one in below)
        high = plot.y(low + getattr(bucket, series))
        there += [f"{left:.1f} {high:.1f}", f"{right:.1f} {high:.1f}"]
        back += [f"{left:.1f} {plot.y(low):.1f}", f"{right:.1f} {plot.y(low):.1f}"]
    return f"M{'L'.join([*there, *reversed(back)])}Z"


def _number_axis(plot: _Plot) -> Iterator[str]:
    end = plot.width - plot.right
    for tick in plot.ticks:
        y = plot.y(tick)
        kind = "rule" if tick else "axis"
        yield (
            f'<line class="{kind}" x1="{plot.left:.1f}" y1="{y:.1f}" x2="{end:.1f}"'
            f' y2="{y:.1f}"/>'
        )
        yield _words(plot.left - 7, y + 4, count(tick), "end")
    yield _words(2, plot.top - 18, plot.unit, "start", "unit")


def _date_axis(plot: _Plot, zone: dt.tzinfo | None) -> Iterator[str]:
    floor = plot.y(0)
    wanted = int((plot.width - plot.left - plot.right) // 88)
    for tick in date_ticks(plot.begins, plot.ends, zone, wanted):
        x = plot.x(tick.date)
        yield (
            f'<line class="axis" x1="{x:.1f}" y1="{floor:.1f}" x2="{x:.1f}"'
            f' y2="{floor + 5:.1f}"/>'
        )
        yield _words(x, floor + 19, tick.above, "middle")
        if tick.below:
            yield _words(x, floor + 34, tick.below, "middle", "soft")


def _words(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{_text(text)}</text>"
    )


# How each provider answered.


@attrs.frozen
class _Wide:
    """A name on the left of its bar, the number on its right, which is `told` wide."""

    width: int
    told: float
    left: float = 178.0
    _row: float = 28.0

    @property
    def room(self) -> float:
        """How long the longest bar is."""
        return self.width - self.left - self.told - 10

    def bar(self, number: int) -> tuple[float, float]:
        """Where a bar begins from above, and how thick it is."""
        return number * self._row + 5, 18.0

    def words(self, number: int, name: str, value: str) -> Iterator[str]:
        """What stands beside the bar."""
        y = number * self._row + 18
        yield _words(self.left - 10, y, _cut(name, self.left - 12), "end", "name")
        yield _words(self.width - self.told, y, value, "start")

    def height(self, bars: int) -> float:
        """Of the whole drawing."""
        return bars * self._row + 2


@attrs.frozen
class _Narrow:
    """Name and number above their bar."""

    width: int
    left: float = 0.0
    _row: float = 46.0

    @property
    def room(self) -> float:
        """How long the longest bar is."""
        return float(self.width)

    def bar(self, number: int) -> tuple[float, float]:
        """Where a bar begins from above, and how thick it is."""
        return number * self._row + 22, 16.0

    def words(self, number: int, name: str, value: str) -> Iterator[str]:
        """What stands above the bar."""
        y = number * self._row + 15
        room = self.width - len(value) * _LETTER - 8
        yield _words(0, y, _cut(name, room), "start", "name")
        yield _words(self.width, y, value, "end")

    def height(self, bars: int) -> float:
        """Of the whole drawing."""
        return bars * self._row


def _value(one: Provider) -> str:
    return f"{people(one.people)}, {_accepted(one)}"


def _accepted(one: Provider) -> str:
    share = part(one.groups["accepted"], one.people)
    return f"{share} accepted" if share else "nobody"


def _cut(name: str, room: float) -> str:
    """The name, its middle left out where it is longer than the room."""
    letters = max(4, int(room / _LETTER))
    if len(name) <= letters:
        return name
    half = (letters - 1) // 2
    return f"{name[: letters - 1 - half]}…{name[len(name) - half :]}"


def _bar(
    one: Provider, left: float, room: float, y: float, thick: float
) -> Iterator[str]:
    x = left
    for group, wide in _widths(one.groups, max(room, _LEAST)).items():
        told = f"{others(one)}: {people(one.groups[group])} {GROUPS[group][0]}"
        yield (
            f'<rect class="{group}" x="{x:.2f}" y="{y:g}" width="{wide:.2f}"'
            f' height="{thick:g}"><title>{_text(told)}</title></rect>'
        )
        x += wide


def _widths(groups: Mapping[str, int], room: float) -> dict[str, float]:
    """The bar divided; the least part is wide enough to be seen."""
    there = {group: number for group, number in groups.items() if number}
    total = sum(there.values())
    least = min(_LEAST, room / max(len(there), 1))
    rest = room - least * len(there)
    return {group: least + rest * number / total for group, number in there.items()}
