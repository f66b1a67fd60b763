"""What `manage.py safesend` knows of its project."""

from __future__ import annotations

from safesend.cli.project import Project
from safesend.integrations.django.mailers import default_carrier, mailers

__all__ = ["project"]


def project(prog_name: str) -> Project:
    """The project whose settings are in use, for the command line."""
    return Project(prog_name, default_carrier, _ledger())


def _ledger() -> str | None:
    for one in mailers():
        if one.alias in (None, "default") and one.is_ours:
            named = one.ours.get("ledger")
            return None if named is None else str(named)
    return None
