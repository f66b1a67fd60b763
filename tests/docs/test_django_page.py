"""docs/reference/django.md keeps up with the code."""

from __future__ import annotations

import re

from architecture.source import PACKAGE, REPOSITORY
from safesend.integrations.django.options import NAMES

PAGE = (REPOSITORY / "docs" / "reference" / "django.md").read_text("utf-8")
CODE = PACKAGE / "integrations" / "django"


def test_every_setting_is_explained():
    """The table of keys has every key, and no other."""
    described = set(re.findall(r"^\| `([A-Z]+)` \|", PAGE, re.MULTILINE))
    assert described == {name.upper() for name in NAMES | {"password"}}


def test_every_check_is_explained():
    """The table of checks has every id, and no other."""
    described = re.findall(r"^\| `(safesend\.[EWI]\d{3})` \|", PAGE, re.MULTILINE)
    said = re.findall(r'id="(safesend\.\w+)"', (CODE / "checks.py").read_text("utf-8"))
    assert sorted(described) == sorted(set(said))


def test_every_attribute_of_a_message_is_explained():
    """What the code asks a message for stands in the table."""
    asked = {
        name
        for path in CODE.glob("*.py")
        for name in re.findall(r'getattr\(message, "(\w+)"', path.read_text("utf-8"))
    }
    described = set(re.findall(r"^\| `(safesend_\w+)` \|", PAGE, re.MULTILINE))
    assert described == asked
