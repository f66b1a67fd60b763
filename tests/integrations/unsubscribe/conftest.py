"""What the tests of the page share."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.unsubscribe.lists import Listed


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    """A suppression list with nobody on it."""
    return Listed.new(tmp_path / "suppressed.db")
