"""What all writers of office files need: to save, and to change a member."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

__all__ = ["Change", "saved", "with_member"]

Change = Callable[[Any, str], object]
"""Puts a text somewhere into a document."""


def with_member(package: bytes, name: str, content: bytes) -> bytes:
    """The package with one more (or another) member of this name."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            if member.filename != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def saved(document: Any) -> bytes:
    """The octets of a document that has a `save`."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
