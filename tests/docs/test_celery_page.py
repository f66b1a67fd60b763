"""docs/how-to/celery.md keeps up with the code and the examples."""

from __future__ import annotations

import re
from itertools import chain

import attrs
import pytest

from architecture.source import REPOSITORY
from docs.blocks import blocks_of
from safesend.integrations.celery.rules import ALL_RULES
from safesend.integrations.celery.setup import Setup

PAGE = (REPOSITORY / "docs" / "how-to" / "celery.md").read_text("utf-8")
EXAMPLES = REPOSITORY / "examples"


def _section(heading: str) -> str:
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(heading))


def test_every_rule_has_its_row():
    """The table has every setting that is looked at, and no other."""
    cells = re.findall(r"^\| (`.+?) \|", _section("Settings"), re.MULTILINE)
    described = set(chain.from_iterable(re.findall(r"`(\w+)`", one) for one in cells))
    looked_at = set(chain.from_iterable(rule.settings for rule in ALL_RULES))
    assert described == looked_at


def test_every_option_has_its_row():
    """What Safesend takes, and the names of the settings in its place."""
    table = _section("What a worker brings")
    described = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    options = {field.name for field in attrs.fields(Setup)} | {"suppression"}
    assert described == options
    settings = set(re.findall(r"\| `safesend_(\w+)` \|", table))
    assert settings == options - {"secrets"}


@pytest.mark.parametrize(
    ("heading", "files"),
    [
        ("Django", ["django/shop/celery.py", "django/shop/settings.py"]),
        ("FastAPI", ["fastapi/shop.py"]),
    ],
)
def test_what_is_shown_stands_in_the_examples(heading, files):
    """Which are run whole by the tests."""
    for block, file in zip(blocks_of(_section(heading)), files, strict=True):
        lines = [line for line in block.lines if not line.startswith("# shop/")]
        assert "\n".join(lines) in (EXAMPLES / file).read_text("utf-8")
