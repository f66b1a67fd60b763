"""The suppression list: one file, asked and filled by everybody who sends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from safesend.clock import SYSTEM
from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.book import Book
from safesend.intake.source import Source
from safesend.ledger.place import Kind
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.unsubscribe import UnsubscribeKey
from safesend.redaction import mask_text
from safesend.suppression.changes import Changes
from safesend.suppression.entry import Deed, Domain, Entry, Line, Listed, Reason, whom
from safesend.suppression.exchange import head, line_of, lines_in
from safesend.suppression.reading import (
    Importable,
    Known,
    begins,
    is_export,
    knowable,
    people_in,
)

__all__ = ["KIND", "Imported", "SuppressionList"]

KIND = Kind("suppression list", 0x5353534C, "those who are to get nothing")

_PAGE = 1000
_RANK = {reason.value: rank for rank, reason in enumerate(Reason)}
_REASONS = tuple(Reason)


@attrs.frozen
class Imported:
    """What came of an import: how many are new, or stay longer than they would have.

    `read` is how many the file has, `skipped` how many lines were left out.
    """

    new: int
    read: int
    skipped: int = 0


class SuppressionList:
    """Mailboxes that nobody writes to, in one file for many campaigns and ledgers.

    The file knows keyed digests and no addresses: it can be asked for one, and cannot
    list them. It may be used by several processes, and threads, at once. Dates are
    seconds since 1970; `now` is the date of what is done, by default this moment.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        key_home: str | os.PathLike[str] | None = None,
    ) -> None:
        """Open the file, made if it is not there, with its key.

        The key is in the variable SAFESEND_KEY, or in a file of the folder `key_home`,
        by default `safesend/keys` in the user's data folder.

        Raises `ConfigurationError`, `LedgerError`, `LedgerKeyError`, `LedgerBusy`.
        """
        # These load sqlite3, which `import safesend` does without.
        from safesend.ledger.database import Database  # noqa: PLC0415
        from safesend.ledger.keyfile import default_key_home  # noqa: PLC0415
        from safesend.ledger.queries import migrations, named_queries  # noqa: PLC0415
        from safesend.ledger.unlock import unlock_with  # noqa: PLC0415

        home = default_key_home() if key_home is None else Path(key_home).absolute()
        sql = Path(__file__).with_name("sql")
        self._sql = named_queries(sql)
        self._database = Database(_file(path), migrations(sql), KIND)
        try:
            secret, facts = unlock_with(self._database, home, {})
        except BaseException:
            self._database.close()
            raise
        self._key, self._id = CampaignKey(secret, ""), facts["id"].decode()
        self.name, self.key_home = str(self._database.path), home
        self.changes = Changes(self._database, self._sql)

    def add(
        self,
        people: Iterable[Address | Domain | str],
        reason: Reason | str = Reason.BY_HAND,
        *,
        source: str = "",
        expires: float | None = None,
        actor: str = "",
        now: float | None = None,
    ) -> int:
        """Put mailboxes on the list, and domains (`@example.org`); gives how many new.

        Who is on it for that reason stays as they are, or as long as this says if that
        is longer. With an `actor`, a person, it is noted who did it. Raises
        `AddressError`, and then nothing was done.
        """
        now, reason = _moment(now), Reason.of(reason)
        source = mask_text(source)
        lines = [
            Line(*self._named(whom(one)), reason.value, source, now, expires)
            for one in people
        ]
        deed = Deed(now, actor, "add", len(lines), reason.value)
        return self._write(lines, deed)

    @property
    def id(self) -> str:
        """What tells it from other lists; a copy of it has the same."""
        return self._id

    def unsubscribe_key(self) -> UnsubscribeKey:
        """The key for links with which people get on this list by themselves.

        Raises `ConfigurationError` where the package cryptography is missing.
        """
        return UnsubscribeKey(self._key.secret, origin=self._id)

    def unsubscribe(self, token: str, now: float | None = None) -> bool | None:
        """Put on the list whose link has that token.

        Gives whether they are new; None, and nothing happens, where the token is none
        of this list's. Nothing happens either where it was in a message that was only
        tried (False).
        """
        leave = self.unsubscribe_key().open(token)
        if leave is None:
            return None
        if leave.tried:
            return False
        moment, source = _moment(now), mask_text(leave.campaign)
        kind = Reason.UNSUBSCRIBED.value
        line = Line(leave.digest, False, kind, source, moment, None)  # noqa: FBT003
        return self._write([line], Deed(moment, "", "add", 1, kind)) > 0

    def which_of(
        self, addresses: Sequence[Address], now: float | None = None
    ) -> list[Reason | None]:
        """For each, why it gets nothing (what weighs most); None: it is not on it.

        One query for all of them.
        """
        names = dict.fromkeys(address.domain for address in addresses)
        domains = {name: self._key.domain_suppression(name) for name in names}
        own = [self._key.suppression(address) for address in addresses]
        asked = b"".join({*own, *domains.values()})
        self._database.must_be_there()
        with self._database.reading() as connection:
            found = connection.execute(self._sql["which"], (asked, _moment(now)))
            ranks: dict[bytes, int] = {}
            for digest, reason in found:
                rank = _RANK[reason]
                ranks[digest] = min(rank, ranks.get(digest, rank))
        if not ranks:
            return [None] * len(addresses)
        none = len(_REASONS)
        weights = (
            min(ranks.get(digest, none), ranks.get(domains[address.domain], none))
            for digest, address in zip(own, addresses, strict=True)
        )
        return [_REASONS[rank] if rank < none else None for rank in weights]

    def has(self, address: Address | str, now: float | None = None) -> bool:
        """Whether that mailbox, or its domain, is on the list."""
        return bool(self.entries(address, now))

    def entries(
        self, person: Address | Domain | str, now: float | None = None
    ) -> list[Entry]:
        """Why a mailbox, or its domain, is on the list, what weighs most ahead."""
        asked, now = whom(person), _moment(now)
        digests = [self._named(asked)[0]]
        if isinstance(asked, Address):
            digests.append(self._key.domain_suppression(asked.domain))
        self._database.must_be_there()
        with self._database.reading() as connection:
            rows = [
                row
                for digest in digests
                for row in connection.execute(self._sql["entries"], (digest, now))
            ]
        rows.sort(key=lambda row: _RANK[row[0]])
        return [
            Entry(Reason(reason), source, since, expires, bool(domain))
            for reason, source, since, expires, domain in rows
        ]

    def remove(
        self,
        person: Address | Domain | str,
        *,
        actor: str,
        reason: str,
        only: Reason | str | None = None,
        now: float | None = None,
    ) -> int:
        """Take a mailbox, or a domain, off; gives how many entries there were.

        `reason` is why it may be written to again; `only` takes off what stands there
        for one reason. A domain that is on the list keeps its mailboxes on it.
        """
        kind = None if only is None else Reason.of(only).value
        digest, moment = self._named(whom(person))[0], _moment(now)
        with self._database.writing() as connection:
            asked = (digest, kind)
            removed = connection.execute(self._sql["remove"], asked).rowcount
            if removed:
                self.changes.add(connection, moment)
                note = (moment, actor, "remove", removed, reason)
                connection.execute(self._sql["note"], _masked(note))
        return removed

    def restored(
        self,
        *,
        actor: str,
        reason: str,
        now: float | None = None,
        after: float = 0.0,
    ) -> int:
        """A person says: this copy is the list from now on, whatever it may lack.

        The ledgers that have seen a newer one take it, and refuse every other copy.
        `after` is when another copy became the list, as a ledger saw it: that is needed
        where the clock was ahead then. Gives how many entries it has.
        """
        moment = _moment(now)
        with self._database.writing() as connection:
            self.changes.begin_era(connection, moment, after)
            (number,) = connection.execute(self._sql["size"], (moment,)).fetchone()
            note = (moment, actor, "restored", number, reason)
            connection.execute(self._sql["note"], _masked(note))
        return int(number)

    def counts(self, now: float | None = None) -> Mapping[Reason, Listed]:
        """How many are on it for each reason, what weighs most ahead."""
        with self._database.reading() as connection:
            asked = connection.execute(self._sql["counts"], (_moment(now),))
            found = {reason: Listed(*numbers) for reason, *numbers in asked}
        return {one: found[one.value] for one in Reason if one.value in found}

    def deeds(self) -> list[Deed]:
        """What people did with the list, oldest first."""
        with self._database.reading() as connection:
            found = connection.execute(self._sql["deeds"]).fetchall()
        return [Deed(*row) for row in found]

    def import_file(
        self,
        file: Importable,
        reason: Reason | str = Reason.BY_HAND,
        *,
        address: str | None = None,
        skip_invalid: bool = False,
        source: str | None = None,
        expires: float | None = None,
        actor: str = "",
        now: float | None = None,
    ) -> Imported:
        """Put everybody in a file on the list, all of them or none.

        The file is CSV (`address` names its column), JSON Lines, one address a line,
        or what `export` gave: that brings reasons and dates of its own, and its key
        must be the one of this list. `skip_invalid` leaves out what cannot be used.

        Raises `AudienceError` with file and line of what is wrong, `LedgerKeyError`.
        """
        now, reason = _moment(now), Reason.of(reason)
        known = knowable(file)
        first, shown = begins(known), Source.of(known, None).file
        about = mask_text(Path(shown).name if source is None else source)
        try:
            if is_export(first):
                lines, skipped = self._exported(known, skip_invalid=skip_invalid)
            else:
                people = people_in(
                    known, first, address=address, skip_invalid=skip_invalid
                )
                lines = [
                    Line(*self._named(one.address), reason.value, about, now, expires)
                    for one in people
                ]
                skipped = people.skipped
        except AudienceError as error:
            raise AudienceError(
                error.problems, error.total, "nothing was imported"
            ) from None
        deed = Deed(now, actor, "import", len(lines), about)
        return Imported(self._write(lines, deed), len(lines), skipped)

    def export(self, now: float | None = None) -> Iterator[str]:
        """The list as JSON Lines without line ends, for another one with its key."""
        yield head(self._key.check_value())
        now, last = _moment(now), (b"", "")
        while True:
            with self._database.reading() as connection:
                page = connection.execute(
                    self._sql["all"], (now, *last, _PAGE)
                ).fetchall()
            for digest, domain, *rest in page:
                yield line_of(Line(digest, bool(domain), *rest))
            if not page:
                return
            last = (page[-1][0], page[-1][2])

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SuppressionList {self.name}>"

    def _named(self, one: Address | Domain) -> tuple[bytes, bool]:
        """What stands for it in the file, and whether it is a domain."""
        if isinstance(one, Domain):
            return self._key.domain_suppression(one.name), True
        return self._key.suppression(one), False

    def _exported(self, file: Known, *, skip_invalid: bool) -> tuple[list[Line], int]:
        source = Source.of(file, None)
        book = Book(source.file)
        try:
            with source.opened() as text:
                lines = list(lines_in(text, book, self._key.check_value()))
        except UnicodeError:
            raise source.problem(f"is not {source.encoding}") from None
        if book.total and not skip_invalid:
            raise book.error()
        return lines, book.rows

    def _write(self, lines: list[Line], deed: Deed) -> int:
        # In order: a large import fills the pages of the file one after the other.
        lines.sort(key=lambda line: line.digest)
        with self._database.writing() as connection:
            connection.execute(self._sql["forget"], (deed.at,))
            new = connection.executemany(self._sql["add"], lines).rowcount
            if new > 0:
                self.changes.add(connection, deed.at)
            if deed.actor:
                connection.execute(self._sql["note"], _masked(attrs.astuple(deed)))
        return max(0, new)


def _masked(note: tuple[float, str, str, int, str]) -> tuple[float, str, str, int, str]:
    at, actor, deed, number, reason = note
    return at, mask_text(actor), deed, number, mask_text(reason)


def _moment(now: float | None) -> float:
    return SYSTEM.now() if now is None else now


def _file(path: str | os.PathLike[str]) -> Path:
    text = os.fspath(path)
    if not text or "://" in text or "\0" in text or text == ":memory:":
        raise ConfigurationError("the suppression list is the path of a file")
    return Path(text).absolute()
