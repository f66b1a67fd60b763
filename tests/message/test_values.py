from datetime import UTC, datetime, time, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.values import (
    UnfitValue,
    frozen_mapping,
    frozen_value,
    thawed_mapping,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
nested = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=8,
)


def is_frozen(value):
    if isinstance(value, tuple):
        return all(map(is_frozen, value))
    if isinstance(value, MappingProxyType):
        return all(map(is_frozen, value.values()))
    return not isinstance(value, list | dict)


@given(st.dictionaries(texts, nested, max_size=4))
def test_frozen_is_frozen_all_the_way_down(fields):
    """
    Nothing inside can be changed, freezing twice changes nothing, and it thaws equal.
    """
    frozen = frozen_mapping(fields)

    assert is_frozen(frozen)
    assert frozen_mapping(frozen) == frozen
    assert frozen_mapping(thawed_mapping(frozen)) == frozen
    assert list(frozen) == list(fields)


@given(
    st.datetimes(timezones=st.none() | st.timezones())
    | st.times(timezones=st.none() | st.timezones())
)
def test_a_moment_prints_the_same_after_it_was_written(moment):
    """
    It keeps its offset, and ISO 8601 holds all of it.
    """
    kept = frozen_value(moment)

    again = type(kept).fromisoformat(kept.isoformat())
    assert (again, repr(again)) == (kept, repr(kept))
    assert kept.utcoffset() == moment.utcoffset()
    assert kept.isoformat() == moment.isoformat()


def test_an_offset_without_a_zone_stays():
    """
    A fixed offset is what it was; UTC is called UTC.
    """
    east = timezone(timedelta(hours=2))

    assert frozen_value(datetime(2026, 1, 1, tzinfo=east)).tzinfo == east
    assert frozen_value(time(1, tzinfo=UTC)).tzname() == "UTC"


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_values_nest_twenty_levels_deep(wrap):
    """
    Not more, so that no value can exhaust the stack.
    """
    value = "leaf"
    for _ in range(21):
        value = wrap(value)

    assert is_frozen(frozen_value(value))
    with pytest.raises(UnfitValue, match="deeper than 20"):
        frozen_value(wrap([value]))


@pytest.mark.parametrize(
    "value", [object(), b"", {1}, {"a": {2: 3}}, "\udfff", 1 << 4_096]
)
def test_a_refusal_does_not_show_the_value(value):
    """
    It names a type or a rule.
    """
    with pytest.raises(UnfitValue) as caught:
        frozen_value(value)

    assert repr(value) not in str(caught.value)
