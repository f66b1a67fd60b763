"""Files of each format with a text at each of their places, by other people's tools."""

from __future__ import annotations

from checks.planting.archives import ARCHIVES
from checks.planting.pictures import PICTURES
from checks.planting.spot import named
from checks.planting.texts import TEXTS

__all__ = ["FILES"]

FILES = named([*TEXTS, *ARCHIVES, *PICTURES])
"""Every place in files that need no office program."""
