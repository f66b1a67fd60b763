"""cli/exits.py: what the exit codes mean."""

from __future__ import annotations

import pytest

from safesend import errors
from safesend.cli.exits import Exit, of_error, of_report
from safesend.engine.report import Report


def _report(**counts) -> Report:
    base = dict.fromkeys(
        (
            "accepted",
            "refused",
            "waiting",
            "deferred",
            "in_doubt",
            "suppressed",
            "cancelled",
            "expired",
            "failed",
        ),
        0,
    )
    return Report(
        campaign="x", ledger="y", recipients=9, accounts=iter, **{**base, **counts}
    )


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"accepted": 9}, Exit.OK),
        ({"accepted": 8, "suppressed": 1}, Exit.OK),
        ({"refused": 1}, Exit.PROBLEMS),
        ({"in_doubt": 1}, Exit.PROBLEMS),
        ({"expired": 1}, Exit.PROBLEMS),
        ({"failed": 1}, Exit.PROBLEMS),
        ({"cancelled": 1}, Exit.PROBLEMS),
        ({"waiting": 1, "deferred": 1}, Exit.AGAIN),
        ({"waiting": 1, "refused": 1}, Exit.AGAIN),
        ({"stopped": "paused", "waiting": 1}, Exit.AGAIN),
        ({"stopped": "cancelled", "cancelled": 1}, Exit.PROBLEMS),
    ],
)
def test_a_report_says_whether_to_go_on_or_to_mend(counts, code):
    """What can still be sent goes before what failed for good."""
    assert of_report(_report(**counts)) is code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.AudienceError([]), Exit.PROBLEMS),
        (errors.UnsafeMessage([]), Exit.PROBLEMS),
        (errors.TemplateError("x"), Exit.PROBLEMS),
        (errors.AttachmentError("x"), Exit.PROBLEMS),
        (errors.AddressError("x"), Exit.PROBLEMS),
        (errors.ConfigurationError("x"), Exit.USAGE),
        (errors.CampaignChanged("x"), Exit.USAGE),
        (errors.LedgerKeyError("x"), Exit.USAGE),
        (errors.LedgerBusy("x"), Exit.AGAIN),
        (errors.LedgerError("x"), Exit.AGAIN),
        (errors.TransportError("x"), Exit.AGAIN),
        (errors.TransportError("x", permanent=True), Exit.USAGE),
        (errors.SafesendError("x"), Exit.USAGE),
    ],
)
def test_every_error_has_its_code(error, code):
    """1: the letter or the list; 2: the settings; 3: run it again."""
    assert of_error(error) is code
