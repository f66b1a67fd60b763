"""What `safesend send` leaves to others: to processes that help, and in its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safesend.fleet.secrets import Secrets
from safesend.fleet.sending import Processes

if TYPE_CHECKING:
    from safesend.cli.carriers import Opened
    from safesend.cli.folder import CampaignFolder

__all__ = ["processes_of"]


def processes_of(
    folder: CampaignFolder,
    opened: Opened,
    place: str,
    wanted: int | None,
    suppression: Path | None,
) -> Processes:
    """How many, as it is wanted, and the secrets that they need."""
    return Processes(
        wanted=wanted,
        place=place if "://" in place else str(Path(place).absolute()),
        ways=opened.ways,
        secrets=Secrets(
            passwords=opened.passwords, dkim=folder.pems(), suppression=suppression
        ),
    )
