"""Every place of a mail: headers, bodies in each encoding, parts, file names."""

from __future__ import annotations

from checks.planting.mail_bodies import BODIES
from checks.planting.mail_headers import HEADERS
from checks.planting.mail_parts import PARTS
from checks.planting.message import READER
from checks.planting.spot import named

__all__ = ["BODIES", "HEADERS", "PARTS", "PLACES", "READER"]

PLACES = named([*HEADERS, *BODIES, *PARTS])
"""Every place of a mail."""
