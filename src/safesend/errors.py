"""
Everything safesend raises.

SafesendError
├── ConfigurationError     fix the settings
├── AddressError           this is not one mailbox
├── AudienceError          fix the list; has .problems, .total
├── TemplateError          fix the text; has .part, .line
├── AttachmentError        a file is missing, changed or unreadable
├── UnsafeMessage          the message would expose somebody; has .leaks
├── ProtocolError
│   ├── LocalProtocolError    our side broke a rule: nothing was written
│   └── RemoteProtocolError   the server broke a rule: the connection is closed
├── TransportError         no way to the carrier; has .stage, .code, .permanent
├── LedgerError            look at the database, or the suppression list
│   ├── LedgerKeyError        the key is missing or not the one of this ledger
│   ├── LedgerBusy            another process holds it
│   ├── LedgerForgot          a replica that lagged, or a backup, took its place
│   └── RunLost               others took this run for dead; has .run
├── BrokerError            a task queue took nothing; the ledger has everybody
├── CampaignChanged        the same name with other content; confirm it
├── CampaignPurged         who has it was erased; give the mailing a new name
└── ApprovalNeeded         people must agree first; has .needed, .given, .digest

No message holds an address in clear, a password or a part of a letter.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence

import attrs

__all__ = [
    "AddressError",
    "ApprovalNeeded",
    "AttachmentError",
    "AudienceError",
    "BrokerError",
    "CampaignChanged",
    "CampaignPurged",
    "ConfigurationError",
    "Leak",
    "LedgerBusy",
    "LedgerError",
    "LedgerForgot",
    "LedgerKeyError",
    "LocalProtocolError",
    "Problem",
    "ProtocolError",
    "RemoteProtocolError",
    "RunLost",
    "SafesendError",
    "Severity",
    "TemplateError",
    "TransportError",
    "UnsafeMessage",
]


_QUERY = "the query"
"""The file of a list that is no file begins with it."""


@attrs.frozen
class Problem:
    """One thing wrong with a list: where it stands, and why it cannot be used.

    Of a query, `file` is "the query" and its name, and `line` the number of the row.
    """

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        column = f", column {self.column!r}" if self.column else ""
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.line and self.file.startswith(_QUERY):
            place = f"row {self.line} of {self.file}"
        return f"{place}{column}: {self.reason}"


class Severity(enum.StrEnum):
    """What a leak means for a mailing."""

    REFUSE = "refuse"
    """Nothing is sent."""
    WARN = "warn"
    """It is reported, and does not stop anything."""


@attrs.frozen
class Leak:
    """One way in which a message would expose somebody.

    `check` is the id of the rule (L01-L38 or I1-I9; M01-M12 are advice on what suits
    mailboxes, which exposes nobody and always warns), `place` where it was seen
    (masked), `row` the place of the row in its list ("members.csv:17"), `advice` what
    the sender can do about it.
    """

    check: str
    place: str
    reason: str
    row: str = ""
    severity: Severity = Severity.REFUSE
    advice: str = attrs.field(default="", eq=False)

    def __str__(self) -> str:
        row = f"{self.row}: " if self.row else ""
        return f"{row}{self.place}: {self.reason} [{self.check}]"


class SafesendError(Exception):
    """The root of everything that safesend raises."""


class ConfigurationError(SafesendError):
    """A setting is missing, wrong or unsafe; the message says which and what to do."""


class AddressError(SafesendError, ValueError):
    """A text is not exactly one mailbox."""


class AudienceError(SafesendError):
    """The list has rows that cannot be used. Nothing was sent.

    `problems` holds at most the first thousand, `total` counts all of them; `outcome`
    says what came of it.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        total: int | None = None,
        outcome: str = "nothing was sent",
    ) -> None:
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total
        shown = "\n".join(f"  {problem}" for problem in self.problems[:20])
        more = self.total - min(20, len(self.problems))
        tail = f"\n  ... and {more} more" if more > 0 else ""
        rows = "1 problem" if self.total == 1 else f"{self.total} problems"
        super().__init__(f"the list has {rows}; {outcome}:\n{shown}{tail}")


class TemplateError(SafesendError):
    """The template cannot be used. `part` is subject, text, html or a header's name."""

    def __init__(self, reason: str, part: str = "", line: int = 0) -> None:
        self.part = part
        self.line = line
        where = f"{part}, line {line}: " if line else (f"{part}: " if part else "")
        super().__init__(f"{where}{reason}")


class AttachmentError(SafesendError):
    """An attached file is missing, unreadable or not the one that was checked."""


class UnsafeMessage(SafesendError):
    """A message would expose somebody. Nothing was sent."""

    def __init__(self, leaks: Sequence[Leak]) -> None:
        self.leaks = tuple(leaks)
        shown = "\n".join(f"  {leak}" for leak in self.leaks[:20])
        super().__init__(f"refused, this would expose somebody:\n{shown}")


class ProtocolError(SafesendError):
    """A rule of SMTP was broken."""


class LocalProtocolError(ProtocolError):
    """We were asked to write what may not be written; nothing was."""


class RemoteProtocolError(ProtocolError):
    """The server wrote what it may not write; the connection is not to be trusted."""


class TransportError(SafesendError):
    """The carrier cannot be reached or does not take us.

    `stage` is a `Stage` value, `code` and `enhanced` what the server said, if it
    did. `permanent`: trying again will not help (a wrong password, for example).
    """

    def __init__(
        self,
        reason: str,
        *,
        stage: str = "connect",
        code: int | None = None,
        enhanced: str | None = None,
        permanent: bool = False,
    ) -> None:
        self.stage = stage
        self.code = code
        self.enhanced = enhanced
        self.permanent = permanent
        super().__init__(reason)


class LedgerError(SafesendError):
    """The ledger, or a suppression list, cannot be used; sending has stopped."""


class LedgerKeyError(LedgerError):
    """The key of the digests, of a ledger or a list, is missing or another one."""


class LedgerBusy(LedgerError):
    """Another process holds the ledger or is enrolling the same campaign."""


class LedgerForgot(LedgerError):
    """The database has lost what it had confirmed: a lagging replica, or a backup.

    Whom it takes for waiting may have the message. A run that finds out pauses its
    campaign.
    """


class RunLost(LedgerError):
    """Others took this run for dead, as it gave no sign of life for too long.

    They have settled its rows, and it sends nothing more. Another run may begin.
    """

    def __init__(self, run: int) -> None:
        self.run = run
        super().__init__(
            f"run {run} has ended: another process took it for dead and settled its"
            " rows; start again"
        )

    def __reduce__(self) -> tuple[type[RunLost], tuple[int]]:
        """Carry the number to another process."""
        return RunLost, (self.run,)


class BrokerError(SafesendError):
    """The broker of a task queue cannot be told to send. The ledger has everybody."""


class CampaignChanged(SafesendError):
    """A campaign of this name exists with other content. Nothing was sent."""


class CampaignPurged(SafesendError):
    """What the ledger knew of a campaign's people was erased. Nothing was changed."""

    def __init__(self, name: str, purged: float) -> None:
        self.name = name
        self.purged = purged
        day = dt.datetime.fromtimestamp(purged, dt.UTC).astimezone()
        super().__init__(
            f"the campaign {name!r} was purged on {day:%Y-%m-%d}: who has its message"
            " is not known any more, so nothing is sent under this name. Give the"
            " mailing a new name"
        )


class ApprovalNeeded(SafesendError):
    """Fewer people than must have approved what would be sent. Nothing was sent.

    `needed` people must have, `given` did; `digest` is the short form of the content
    that is not approved, as `safesend approve` shows it.
    """

    def __init__(self, reason: str, *, needed: int, given: int, digest: str) -> None:
        self.needed = needed
        self.given = given
        self.digest = digest
        super().__init__(reason)
