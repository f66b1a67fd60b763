"""`safesend bounces`: what came back, out of the mailbox for bounces."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.ledgers import existing_ledger
from safesend.cli.news import (
    booked,
    booked_lines,
    emit_booked,
    is_ledger_file,
    news_options,
    problems_of,
    shared_list,
    tell_left_out,
    the_ledger,
)
from safesend.cli.options import json_option
from safesend.cli.passwords import PasswordPlace, mailbox_password, password_options
from safesend.clock import SYSTEM, Clock
from safesend.errors import ConfigurationError, TransportError
from safesend.ledger.postgres.address import is_address
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.feedback import Booking
    from safesend.feedback.mailboxes import Mailbox, MailRound
    from safesend.ledger.base import Ledger
    from safesend.policies.replies import Rulebook

__all__ = ["MailsRead", "bounces"]

_SETTINGS = "campaign.toml"
_EVERY = 10.0
"""Seconds between two lines that say how far it is."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "bounce": ("bounce", "bounces"),
    "delay": ("delay", "delays"),
    "delivery": ("delivery", "deliveries"),
    "complaint": ("complaint", "complaints"),
    "feedback": ("other feedback", "other feedback"),
    "unknown": ("not understood", "not understood"),
    "auto-reply": ("auto-reply", "auto-replies"),
    "receipt": ("receipt", "receipts"),
    "challenge": ("challenge", "challenges"),
    "mail": ("other", "others"),
    "unreadable": ("unreadable", "unreadable"),
}


@click.command(short_help="Read what came back, and who complained.")
@click.argument("places", metavar="[LEDGER] [MAILBOX]...", nargs=-1)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Read mails of a Maildir or a server that somebody has read as well.",
)
@click.option("--keep", is_flag=True, help="Change nothing in the mailbox.")
@click.option(
    "--move",
    "goal",
    metavar="FOLDER",
    help="Move what was booked into this folder of the Maildir or the account.",
)
@news_options
@password_options
@json_option
@click.pass_context
def bounces(
    context: click.Context,
    /,
    *,
    places: tuple[str, ...],
    everything: bool,
    keep: bool,
    goal: str | None,
    suppression: str | None,
    dry_run: bool,
    as_json: bool,
    **password: Any,
) -> None:
    """Read bounces, delays and complaints out of mailboxes, and book them.

    A mailbox that does not exist and whoever complained get nothing any more. MAILBOX
    is a Maildir, an mbox, a file with one mail, a folder of .eml files, "-" (one mail
    on standard input) or imaps://user@host/INBOX; without one it is `bounces` of
    campaign.toml. Reading a mail twice changes nothing.

    Reports about messages of the ledger are marked as read when they are booked; all
    other mail stays as it is. The password of a server is in SAFESEND_IMAP_PASSWORD,
    or where an option says; OAuth is not spoken.

    LEDGER is the ledger or the campaign folder; without one it is the folder in which
    you are. Its campaign.toml may name the suppression list. What cannot be understood
    is told with its place (exit code 1), and the rest counts.

    \b
    Examples:
      safesend bounces spring ~/Maildir/.Bounces
      safesend bounces spring imaps://bounces@mail.example.org/INBOX --move Done
      safesend bounces spring.safesend.db /var/mail/bounces --dry-run
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if keep and goal is not None:
        raise click.UsageError("--keep changes nothing, so --move has nothing to do")
    place, names = _sorted(places)
    path = existing_ledger(place)
    shared = shared_list(place, suppression)
    from safesend.feedback import book
    from safesend.feedback.mailboxes import MailRound
    from safesend.ledger import open_ledger

    keep = keep or dry_run
    where, rules = PasswordPlace.of(password), _rules(place)
    opened = _opened(names, where, everything=everything, keep=keep)
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(open_ledger(path)))
        mails = MailRound([stack.enter_context(closing(box)) for box in opened], rules)
        _must_move(mails, goal)
        mails.told = MailsRead(mails)
        done = book(
            ledger,
            mails,
            suppression=shared,
            source="bounces",
            actor=getpass.getuser(),
            dry_run=dry_run,
        )
        filing = _Filing() if keep else _file(mails, done, goal)
        found = _found(ledger, mails, done, dry_run=dry_run) | attrs.asdict(filing)
    code = Exit.AGAIN if filing.not_filed else Exit(bool(mails.reader.total_problems))
    if as_json:
        emit_booked(found, code)
    else:
        tell_left_out(mails.reader, word="Not understood")
        for line in _lines(found):
            show.say(line)
    filing.tell()
    context.exit(code)


@attrs.frozen
class _Filing:
    """What was done with the mails that were booked, or why it was not."""

    filed: int = 0
    moved_to: str | None = None
    not_filed: str = ""

    def tell(self) -> None:
        """Say what went wrong, if anything did."""
        if self.not_filed:
            show.say(
                f"Booked, but not all marked or moved: {self.not_filed}. What is still"
                " unread is read again the next time, which changes nothing.",
                err=True,
            )


def _sorted(places: Sequence[str]) -> tuple[str, list[str]]:
    """The ledger, and the mailboxes. Raises `ConfigurationError`."""
    ledgers = [place for place in places if _is_ledger(place)]
    names = [place for place in places if not _is_ledger(place)]
    place = the_ledger(ledgers, names, what="the bounces")
    if names:
        return place, names
    if Path(place, _SETTINGS).is_file():
        from safesend.cli.folder import open_folder

        if own := open_folder(Path(place)).bounces:
            return place, [own]
    raise click.UsageError(
        "name the mailbox: a Maildir, an mbox, the URL of one on a server (imaps://),"
        " or - for one mail on standard input; or write bounces = ... into"
        " campaign.toml"
    )


def _rules(place: str) -> Rulebook | None:
    """What replies mean, where campaign.toml says it."""
    if "://" in place or not Path(place).is_dir():
        return None
    from safesend.cli.folder import open_folder

    return open_folder(Path(place)).pacing().rules


def _is_ledger(place: str) -> bool:
    if "://" in place:
        return is_address(place)
    return Path(place, _SETTINGS).is_file() or is_ledger_file(place)


def _opened(
    names: Sequence[str], password: PasswordPlace, *, everything: bool, keep: bool
) -> Iterator[Mailbox]:
    from safesend.feedback.mailboxes import is_remote, open_mailbox

    for name in names:
        secret = mailbox_password(name, password) if is_remote(name) else None
        yield open_mailbox(name, everything=everything, keep=keep, password=secret)


def _must_move(mails: MailRound, goal: str | None) -> None:
    """Refuse to move what cannot be moved, before anything is read."""
    for mailbox in mails.mailboxes:
        if goal is not None:
            mailbox.must_move(goal)


def _file(mails: MailRound, done: Booking, goal: str | None) -> _Filing:
    try:
        return _Filing(mails.file(done, goal), goal)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}"
    except (ConfigurationError, TransportError) as error:
        told = str(error)
    return _Filing(not_filed=mask_text(told))


@attrs.define
class MailsRead:
    """Says now and then how many mails were read."""

    mails: MailRound
    clock: Clock = SYSTEM
    _last: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._last = self.clock.monotonic()

    def __call__(self, number: int) -> None:
        """Hear how many it are so far."""
        now = self.clock.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            total = self.mails.expected
            of = "" if total is None else f" of {show.count(total)}"
            show.say(f"{show.count(number)}{of} mails read", err=True)


def _found(
    ledger: Ledger, mails: MailRound, done: Booking, *, dry_run: bool
) -> dict[str, Any]:
    reader = mails.reader
    return {
        **booked(ledger, done, dry_run=dry_run),
        "mails": reader.mails,
        "kinds": {kind.value: number for kind, number in reader.kinds.items()},
        "foreign": reader.foreign,
        "passed_over": mails.passed_over,
        **problems_of(reader),
    }


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    told = ", ".join(
        f"{show.count(found['kinds'][kind])} {words[found['kinds'][kind] > 1]}"
        for kind, words in _WORDS.items()
        if found["kinds"].get(kind)
    )
    yield f"Read {_mails(found['mails'])}{f' ({told})' if told else ''}."
    others = found["foreign"] + found["unmatched"]
    before = "left alone: read before (--all reads them as well), or deleted"
    yield from booked_lines(
        found,
        [(others, "about other messages, or none"), (found["passed_over"], before)],
    )
    if found["filed"]:
        goal = found["moved_to"]
        done = "marked as read" if goal is None else f"moved to {goal}"
        yield f"{_mails(found['filed'])} {done}."


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{show.count(number)} mails"
