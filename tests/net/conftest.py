"""Every line is tried on asyncio's loop and on uvloop's."""

from __future__ import annotations

import pytest

from .peer import LOOPS, chosen


@pytest.fixture(autouse=True, params=sorted(LOOPS))
def loop(request):
    """The loop of this test, by name."""
    before = chosen.set(request.param)
    yield request.param
    chosen.reset(before)
