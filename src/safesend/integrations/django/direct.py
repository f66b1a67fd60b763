"""A backend that was made by hand, of which Django 6.1 warns."""

from __future__ import annotations

import importlib
from typing import Any

import django

__all__ = ["MAILERS", "warn_of_direct_use"]

MAILERS = (6, 1)
"""From here on Django knows several mailers, each with options of its own."""


def warn_of_direct_use() -> None:
    """Warn as Django's own backend does, of the line that called the constructor.

    To be called by the constructor itself. Django is silent where it is the caller.
    """
    if django.VERSION < MAILERS:
        return
    deprecation: Any = importlib.import_module("django.utils.deprecation")
    deprecation.warn_about_external_use(
        "Directly creating EmailBackend instances is deprecated. Use mail.mailers"
        " instead.",
        deprecation.RemovedInDjango2028Warning,
        skip_frames=1,
    )
