"""What the exit codes mean, and which error gives which."""

from __future__ import annotations

import enum

from safesend.engine.report import Report
from safesend.errors import (
    AddressError,
    ApprovalNeeded,
    AttachmentError,
    AudienceError,
    LedgerError,
    LedgerKeyError,
    SafesendError,
    TemplateError,
    TransportError,
    UnsafeMessage,
)

__all__ = ["Exit", "of_error", "of_report"]


class Exit(enum.IntEnum):
    """How a command ended; `safesend --help` and docs/reference/cli.md say the same."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    AGAIN = 3
    DEFECT = 70
    INTERRUPTED = 130


_PROBLEMS = (
    AddressError,
    AttachmentError,
    AudienceError,
    TemplateError,
    UnsafeMessage,
)


def of_error(error: SafesendError) -> Exit:
    """The exit code for an error: mend the letter, mend the settings, or run again."""
    if isinstance(error, _PROBLEMS):
        return Exit.PROBLEMS
    if isinstance(error, TransportError):
        return Exit.USAGE if error.permanent else Exit.AGAIN
    if isinstance(error, ApprovalNeeded):
        return Exit.AGAIN
    if isinstance(error, LedgerError) and not isinstance(error, LedgerKeyError):
        return Exit.AGAIN
    return Exit.USAGE


def of_report(report: Report) -> Exit:
    """The exit code after a run; what can still be sent counts before what failed."""
    if report.waiting:
        return Exit.AGAIN
    lost = report.refused, report.in_doubt, report.expired, report.failed
    return Exit.PROBLEMS if any(lost) or report.cancelled else Exit.OK
