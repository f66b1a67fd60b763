"""What the exit status of a sendmail says (sysexits.h), as the reply of a server.

So the one table of replies judges it, with the codes that Sendmail itself gives for
these numbers (its table `SysExMsg`). There are three kinds:

    of this message or recipient    65, 67: refused
    of the mailer                   64, 66, 69, 71 to 73, 77, 78; and 68, 75
    not known                       all others, 1 and 70, 74, 76 among them: in doubt

Whether a mailer that fails has kept the message is known only where the number says
what went wrong before that. 74 and 76 are what msmtp says of a server that did not
answer any more, after the message's end perhaps; 1 is what any script says.

68 (no such host) is what msmtp says of its own relay, so it is no recipient's fault.
"""

from __future__ import annotations

import attrs

from safesend.delivery import Accepted, Deferred, InDoubt, Outcome, Refused, Stage

__all__ = ["outcome_of"]


@attrs.frozen
class _Meaning:
    name: str
    stage: Stage
    code: int
    enhanced: str
    text: str


_MEANINGS = {
    64: _Meaning(
        "EX_USAGE", Stage.DATA, 451, "4.3.5", "it does not know our arguments"
    ),
    65: _Meaning("EX_DATAERR", Stage.CONTENT, 554, "5.6.0", "the data are wrong"),
    66: _Meaning("EX_NOINPUT", Stage.DATA, 451, "4.3.0", "it cannot read its input"),
    67: _Meaning("EX_NOUSER", Stage.RCPT, 550, "5.1.1", "there is no such user"),
    68: _Meaning("EX_NOHOST", Stage.RCPT, 450, "4.4.4", "a host is not found"),
    69: _Meaning(
        "EX_UNAVAILABLE", Stage.CONTENT, 451, "4.3.0", "it does not take the message"
    ),
    71: _Meaning("EX_OSERR", Stage.DATA, 451, "4.3.0", "the system fails it"),
    72: _Meaning("EX_OSFILE", Stage.DATA, 451, "4.3.5", "it lacks a file"),
    73: _Meaning("EX_CANTCREAT", Stage.DATA, 451, "4.3.0", "it cannot make a file"),
    75: _Meaning("EX_TEMPFAIL", Stage.CONTENT, 451, "4.3.0", "try again later"),
    77: _Meaning("EX_NOPERM", Stage.DATA, 451, "4.7.0", "we may not do this"),
    78: _Meaning("EX_CONFIG", Stage.DATA, 451, "4.3.5", "its settings are wrong"),
}
_PERMANENT = 500


def outcome_of(status: int, said: str) -> Outcome:
    """What became of a message that was all there for the mailer to read.

    `status` is that of `subprocess`: below zero it is the signal that ended it. `said`
    is what it wrote to its standard error, fit to be printed.
    """
    if status == 0:
        return Accepted(text="the mailer of this machine has queued it")
    meaning = _MEANINGS.get(status)
    if meaning is None:
        ended = f"signal {-status}" if status < 0 else f"exit status {status}"
        return InDoubt(text=_told(f"the mailer ended with {ended}", said))
    kind = Refused if meaning.code >= _PERMANENT else Deferred
    text = _told(f"{meaning.name}: {meaning.text}", said)
    return kind(meaning.stage, meaning.code, meaning.enhanced, text)


def _told(what: str, said: str) -> str:
    return f"{what} ({said})" if said else what
