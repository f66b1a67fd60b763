"""Tests of JSON files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.reads import ADA, pieces, places, seen, texts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('{"people": [1, {"mail": "ada@example.org"}]}', "$.people[1].mail"),
        ('["x", ["ada@example.org"]]', "$[1][0]"),
        ('{"ada@example.org": 1}', "$"),
        ('{"a": 1}\n{"b": "ada@example.org"}\n', "$.b"),
        ('{"a": 1, "a": "ada@example.org"}', "$.a"),
        ('{"a": "ada\\u0040example.org"}', "$.a"),
        ('{"a": "ada@example.org', "$.a"),
        ('{"a": ["ada@example.org"', "$.a[0]"),
        ("[1] // ada@example.org", "$"),
        ("[1, {}, [], 'ada@example.org']", "$[3]"),
        ("]}[1,ada@example.org", "$[1]"),
    ],
)
def test_a_value_has_its_path_as_place(source, place):
    """Keys, keys that stand twice, lines of values, escapes, broken ends."""
    assert places("a.json", source.encode()) == [place]


def test_numbers_and_words_are_texts():
    """An account number is a number."""
    assert texts("a.json", b'[4711, -1.5e3, true, null, ""]') == [
        *("4711", "-1.5e3", "true", "null"),
    ]


def test_a_key_is_given_once():
    """A table of objects repeats its keys."""
    octets = b'[{"mail": 1}, {"mail": 2}]'
    assert texts("a.json", octets) == ["mail", "1", "2"]


def test_surrogates_are_joined():
    """RFC 8259 section 7; a lone one is replaced."""
    octets = b'["\\ud83d\\ude00", "\\ud83d", "a\\nb\\/\\q"]'
    assert texts("a.json", octets) == ["\N{GRINNING FACE}", "\ufffd", "a\nb/q"]


def test_deep_nesting_is_read():
    """Places name twelve levels; nothing recurses."""
    octets = b"[" * 50_000 + b'"ada@example.org"' + b"]" * 50_000
    [place] = places("a.json", octets)
    assert len(place) < 60


@given(VALUES)
def test_every_string_of_any_value_is_found(value):
    """As the standard library writes it."""
    source = json.dumps({"k": [value, ADA]}).encode()
    assert ADA in seen("a.json", source)
    found = {one.text for one in pieces("a.json", source)}
    assert {one for one in _strings(value) if one.strip()} <= found


def _strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, list):
        return {one for inner in value for one in _strings(inner)}
    if isinstance(value, dict):
        return {*value, *_strings([*value.values()])}
    return set()
