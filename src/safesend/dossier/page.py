"""The account as one page of HTML that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from safesend.dossier import words
from safesend.dossier.charts import (
    NARROW,
    WIDE,
    others,
    outcomes,
    rate_of,
    throughput,
)
from safesend.dossier.facts import Facts, titles
from safesend.dossier.tell import (
    fate_of_run,
    headline,
    lead,
    reason_of,
    retention,
    way_of,
)
from safesend.ledger.history import Replied
from safesend.ledger.values import State
from safesend.message.content import short_form

__all__ = ["page"]

_FOLDER = Path(__file__).parent
_SHOWN = 40
"""So many lines of a list that may be long; the JSON has all of them."""

_EXPLAINED = (
    ("Refused", (State.REFUSED,)),
    ("Put off, and to be tried again", (State.WAITING,)),
    ("In doubt", (State.IN_DOUBT,)),
    ("Given up", (State.EXPIRED,)),
    ("Not made", (State.FAILED,)),
)


def page(facts: Facts, zone: dt.tzinfo | None) -> str:
    """The whole page."""
    style = (_FOLDER / "page.css").read_text("utf-8")
    return _template().render(
        facts=facts,
        past=facts.past,
        lead=lead(facts, zone),
        headline=headline(facts),
        replies=_replies(facts),
        heard=_heard(facts),
        retention=retention(facts, zone),
        charts=_charts(facts, zone),
        style=Markup(style),  # noqa: S704 - a file of this package
        style_hash=_hash(style),
        shown=_SHOWN,
        rate=rate_of(facts.past.timeline.width),
        when=functools.partial(_time, zone, words.moment),
        short=functools.partial(_time, zone, words.short),
        why=lambda order: reason_of(order, zone),
        zone=words.zone_of(facts.made, zone),
        accepted_means=words.ACCEPTED_MEANS,
        not_held=words.NOT_HELD,
        State=State,
    )


def _time(
    zone: dt.tzinfo | None,
    form: Callable[[float, dt.tzinfo | None], str],
    date: float,
) -> Markup:
    """A date as a person reads it, and as a program does."""
    told = words.iso(date, zone), form(date, zone)
    return Markup('<time datetime="{}">{}</time>').format(*told)


def _replies(facts: Facts) -> Mapping[str, tuple[Replied, ...]]:
    """What servers said, by what became of it; where nobody is, nothing is said."""
    found = {name: facts.replies(*states) for name, states in _EXPLAINED}
    return {name: replies for name, replies in found.items() if replies}


def _heard(facts: Facts) -> Mapping[str, int]:
    """What was heard of messages afterwards, in words, and of how many."""
    numbers = facts.past.heard
    return {text: numbers[of] for of, text in words.HEARD.items() if numbers.get(of)}


def _charts(facts: Facts, zone: dt.tzinfo | None) -> dict[str, Markup]:
    drawn = {}
    for size, width in ("wide", WIDE), ("narrow", NARROW):
        line, bars = facts.past.timeline, facts.providers
        drawn[f"pace_{size}"] = throughput(line, zone, width, f"pace-{size}")
        drawn[f"bars_{size}"] = outcomes(bars, width, f"bars-{size}")
    # What charts.py draws is escaped there.
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704


def _hash(style: str) -> str:
    """What the page says of its own style sheet (CSP level 3, section 8.3)."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= _filters()
    return environment.from_string((_FOLDER / "page.html").read_text("utf-8"))


def _filters() -> dict[str, Any]:
    return {
        "count": words.count,
        "people": words.people,
        "part": words.part,
        "lasting": words.length,
        "others": others,
        "titles": titles,
        "fate": fate_of_run,
        "way": way_of,
        "content": short_form,
        "order": lambda what: words.ORDERS.get(what, what),
        "held": words.HELD.__getitem__,
        "meaning": words.MEANINGS.__getitem__,
        "group": lambda name: words.GROUPS[name][0],
    }
