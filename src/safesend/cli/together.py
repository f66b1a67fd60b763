"""What `safesend send` leaves to others: to processes that help, and in its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safesend.cli import show
from safesend.fleet.secrets import Secrets
from safesend.fleet.sending import Processes

if TYPE_CHECKING:
    from safesend.cli.carriers import Opened
    from safesend.cli.folder import CampaignFolder
    from safesend.engine.report import Report
    from safesend.ledger.base import Ledger

__all__ = ["processes_of", "tell_what_lies_open"]


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


def tell_what_lies_open(ledger: Ledger, report: Report) -> None:
    """Rows that wait keep their address; without the extra `crypto` in clear."""
    kept = report.waiting + report.in_doubt
    if kept and not getattr(ledger, "encrypted", True) and ledger.name != ":memory:":
        show.say(
            f"Note: the ledger keeps {show.people(kept)} unencrypted (readable by you"
            " alone) until they are done. New ledgers are encrypted after: pip install"
            " 'safesend[crypto]'",
            err=True,
        )
