"""Tests of where each value stands."""

from __future__ import annotations

from safesend.message.layout import FIRST
from safesend.message.places import find_places, is_constant
from safesend.message.template import Slot, Template

TEMPLATE = Template(
    "Hi {{ name }}",
    text="{{ name }} {{ town }} {{ name }}",
    html="{% if name %}x{% endif %}",
    headers={"X-A": "constant", "X-B": "{{ town }}"},
)
PARTS = TEMPLATE.parts


def test_only_what_changes_has_a_place():
    """
    Headers, fields (once each) and bodies with logic.
    """
    places = find_places(TEMPLATE)

    assert places.headers == (PARTS["subject"], PARTS["header X-B"])
    assert places.fields == ("name", "town")
    assert places.whole == (PARTS["html"],)


def test_every_place_is_another():
    """
    A field has two places: as text and as html.
    """
    places = find_places(TEMPLATE)
    found = [
        places.of_header(PARTS["subject"]),
        places.of_header(PARTS["header X-B"]),
        places.of_slot(PARTS["text"], Slot("name")),
        places.of_slot(PARTS["html"], Slot("name")),
        places.of_slot(PARTS["text"], Slot("town")),
        places.of_slot(PARTS["html"], Slot("town")),
        places.of_whole(PARTS["html"]),
    ]

    assert found == list(range(FIRST, places.count))
    assert places.first_body == FIRST + 2


def test_constant_parts():
    """
    Neither a slot nor logic.
    """
    assert is_constant(PARTS["header X-A"])
    assert not is_constant(PARTS["subject"])
    assert not is_constant(PARTS["html"])
