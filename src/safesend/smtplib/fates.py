"""What became of each person of one call, and what the caller is told of it.

In the standard module a call is one transaction: an exception says that nobody has the
message, the returned dictionary who was refused. Here each person has a transaction of
their own, and these meanings stay: an exception says that nobody has it (or that it is
in doubt). Once somebody has it, everybody else is in the dictionary.
"""

from __future__ import annotations

import smtplib

import attrs

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome, Stage
from safesend.smtp.reply import CLOSING
from safesend.smtplib.exceptions import SMTPInDoubt

__all__ = ["IN_DOUBT", "NO_MAILBOX", "Fates"]

Refusals = dict[str, tuple[int, bytes]]

IN_DOUBT = -1
"""The code of who may or may not have the message."""
NO_MAILBOX = 553
"""The code of who was not even tried: what was given is not one mailbox."""

_NOT_TRIED = "not tried, since the session had ended before"


@attrs.define
class Fates:
    """The outcomes of one call so far, by recipient as given."""

    sender: str = attrs.field(repr=False)
    unreadable: Refusals = attrs.field(factory=dict, repr=False)
    """Who was given in a way that is not one mailbox, and why."""
    outcomes: dict[str, Outcome] = attrs.field(factory=dict, repr=False)

    def note(self, given: str, outcome: Outcome) -> None:
        """One person's transaction is over.

        Whose opening went out with the message that the server closed the session at
        was not tried: there was nobody to hear it.
        """
        unheard = isinstance(outcome, NotSent) and outcome.code is None
        if not (unheard and any(x.code == CLOSING for x in self.outcomes.values())):
            self.outcomes[given] = outcome

    @property
    def somebody(self) -> bool:
        """Whether somebody has the message, or may have it."""
        return any(isinstance(x, Accepted | InDoubt) for x in self.outcomes.values())

    @property
    def hopeless(self) -> bool:
        """Whether to ask for the others is vain: the sender is turned away (MAIL)."""
        last = next(reversed(self.outcomes.values()), None)
        return last is not None and last.stage is Stage.MAIL and not self.somebody

    @property
    def unfinished(self) -> bool:
        """Whether the last transaction did not end with the server's taking it."""
        last = next(reversed(self.outcomes.values()), None)
        return not isinstance(last, Accepted)

    def settled(self, everybody: list[str]) -> Refusals:
        """The dictionary that `sendmail` returns, or the exception that it raises.

        `everybody`: all recipients as they were given, in their order.
        """
        outcomes = list(self.outcomes.values())
        if outcomes and not any(map(self._failed, everybody)):
            return {}
        refused = {
            **self.unreadable,
            **{k: _told(x) for k, x in self.outcomes.items() if self._failed(k)},
        }
        known = {**self.unreadable, **self.outcomes}
        rest = {k: (CLOSING, _NOT_TRIED.encode()) for k in everybody if k not in known}
        if any(isinstance(outcome, Accepted) for outcome in outcomes):
            whole = refused | rest
            return {given: whole[given] for given in everybody if given in whole}
        if any(isinstance(outcome, InDoubt) for outcome in outcomes):
            text = next(x.text for x in outcomes if isinstance(x, InDoubt))
            raise SMTPInDoubt(text, refused | rest)
        raise self._nobody(outcomes, refused)

    def _failed(self, given: str) -> bool:
        return not isinstance(self.outcomes.get(given), Accepted)

    def _nobody(
        self, outcomes: list[Outcome], refused: Refusals
    ) -> smtplib.SMTPException:
        """The standard exception for a message that nobody has."""
        last = outcomes[-1] if outcomes else None
        if last is None:
            return smtplib.SMTPRecipientsRefused(refused)
        if last.code is None:
            return smtplib.SMTPServerDisconnected(last.text)
        if last.stage is Stage.MAIL:
            return smtplib.SMTPSenderRefused(*_told(last), self.sender)
        ends = [x for x in outcomes if x.stage in {Stage.DATA, Stage.CONTENT}]
        if len(ends) == len(outcomes) and not self.unreadable:
            return smtplib.SMTPDataError(*_told(ends[0]))
        return smtplib.SMTPRecipientsRefused(refused)


def _told(outcome: Outcome) -> tuple[int, bytes]:
    """Code and text: the server's own octets where it spoke, else our words."""
    if isinstance(outcome, InDoubt):
        reason = f"in doubt, it may have been delivered: {outcome.text}"
        return IN_DOUBT, reason.encode()
    if outcome.code is not None:
        return outcome.code, outcome.text.encode("latin-1")
    said = "not sent" if isinstance(outcome, NotSent) else "refused"
    return CLOSING, f"{said}: {outcome.text}".encode()
