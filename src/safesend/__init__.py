"""Send the same mail to many people so that nobody can ever see anybody else."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safesend.campaign import Campaign
    from safesend.checks.allowance import Allow
    from safesend.engine.report import Rehearsal, Report
    from safesend.engine.trial import Trial
    from safesend.errors import Leak, Severity
    from safesend.intake import read_csv, read_jsonl, read_parquet, read_query
    from safesend.message.address import Address
    from safesend.message.attachment import Attachment
    from safesend.message.dkim import Dkim
    from safesend.message.envelope import Envelope
    from safesend.message.recipient import Recipient
    from safesend.message.template import Template
    from safesend.message.unsubscribe import Unsubscribe
    from safesend.scanner.inspection import Watch, inspect
    from safesend.scanner.private import privatize
    from safesend.secrets import Secret
    from safesend.suppression import SuppressionList

__all__ = [
    "Address",
    "Allow",
    "Attachment",
    "Campaign",
    "Dkim",
    "Envelope",
    "Leak",
    "Recipient",
    "Rehearsal",
    "Report",
    "Secret",
    "Severity",
    "SuppressionList",
    "Template",
    "Trial",
    "Unsubscribe",
    "Watch",
    "inspect",
    "privatize",
    "read_csv",
    "read_jsonl",
    "read_parquet",
    "read_query",
]

_HOMES = {
    "Address": "message.address",
    "Allow": "checks.allowance",
    "Attachment": "message.attachment",
    "Campaign": "campaign",
    "Dkim": "message.dkim",
    "Envelope": "message.envelope",
    "Leak": "errors",
    "Recipient": "message.recipient",
    "Rehearsal": "engine.report",
    "Report": "engine.report",
    "Secret": "secrets",
    "Severity": "errors",
    "SuppressionList": "suppression",
    "Template": "message.template",
    "Trial": "engine.trial",
    "Unsubscribe": "message.unsubscribe",
    "Watch": "scanner.inspection",
    "inspect": "scanner.inspection",
    "privatize": "scanner.private",
    "read_csv": "intake",
    "read_jsonl": "intake",
    "read_parquet": "intake",
    "read_query": "intake",
}
_ROOMS = ("errors", "policies", "suppression", "transports")


if not TYPE_CHECKING:  # a checker reads the imports above, and refuses other names

    def __getattr__(name: str) -> object:
        """Load what is asked for, when it is first asked for (PEP 562)."""
        if name in _HOMES:
            home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
            found = globals()[name] = getattr(home, name)
            return found
        if name in _ROOMS:
            return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """What `dir(safesend)` and a prompt's completion show."""
        return sorted({*globals(), *_HOMES, *_ROOMS})
