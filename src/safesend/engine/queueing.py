"""Handing a campaign to a fleet: it is enrolled in the ledger, and a pump is asked for.

The app of a task queue is known by what it offers, so that nothing of it is imported:
its attribute `safesend`, which `safesend.integrations.celery.Safesend` makes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack
from urllib.parse import urlsplit

import attrs

from safesend.engine.content import Way
from safesend.engine.declaration import Declaration
from safesend.engine.events import Listener
from safesend.engine.joining import enlist
from safesend.engine.options import Options
from safesend.engine.sync import from_sync
from safesend.errors import BrokerError, ConfigurationError
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger, State
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.replies import Rulebook
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList
from safesend.suppression.lending import lent
from safesend.transports import open_transport
from safesend.transports.base import Transport

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup

__all__ = ["Enqueued", "Queueing", "Sending", "Starter"]

_FILES = frozenset({"eml", "maildir", "mbox"})
_USUAL: Mapping[str, Any] = {
    "give_up_after": "2d",
    "confirm_changes": False,
    "auto_stop": True,
}


class Sending(TypedDict, total=False):
    """The options of `Campaign.send` that the ledger keeps for whoever sends."""

    throttle: Throttle | str | None
    retry: Retry | str | None
    lanes: int
    give_up_after: float | str
    on_doubt: str
    hours: SendingHours | str | None
    providers: Mapping[str, Iterable[str]] | None
    mx_lookup: bool | MxLookup
    rules: Rulebook | str | Path | None
    confirm_changes: bool
    retention: float | str | None
    delay: float | str
    start: dt.datetime | str | None
    approvals: int | None
    pilot: Pilot | int | str | None
    auto_stop: AutoStop | bool | None
    connections: int | None
    limits: str | None


class _Secrets(Protocol):
    @property
    def suppression(self) -> SuppressionList | Path | None: ...

    @property
    def key_home(self) -> Path | None: ...


class Starter(Protocol):
    """What an app offers under `safesend`."""

    @property
    def ledger(self) -> str:
        """The ledger of its workers."""

    @property
    def via(self) -> str | None:
        """The carrier of its workers, where it is not the campaigns' own."""

    @property
    def secrets(self) -> _Secrets:
        """What its workers bring, the suppression list for example."""

    def refuse_unsafe(self) -> None:
        """Raises `ConfigurationError` where pumps would not be safe."""

    def start(self, campaign: str) -> str:
        """Ask for a pump; gives the id of its task. Raises `BrokerError`."""


@attrs.frozen(kw_only=True)
class Enqueued:
    """A campaign that workers send: how many are in it, and how many wait.

    `task` is the id of the task that was asked for.
    """

    campaign: str
    recipients: int
    waiting: int
    task: str


@attrs.frozen(kw_only=True)
class Queueing(Declaration):
    """What a `Campaign` can do with a task queue."""

    def enqueue(
        self,
        app: object,
        *,
        ledger: Ledger | str | Path | None = None,
        via: str | None = None,
        password_env: str | None = None,
        password_file: str | Path | None = None,
        suppression: SuppressionList | str | Path | None = None,
        on_event: Listener | Iterable[Listener] | None = None,
        **options: Unpack[Sending],
    ) -> Enqueued:
        """Check and enrol everybody, and have the workers of a Celery app send it.

        `app` knows safesend by `safesend.integrations.celery.Safesend(app)`, which has
        the `ledger` as well. `via` is the URL of the carrier, without a password: each
        worker finds that in the variable `password_env` or the file `password_file`.
        `options` are those of `send`.

        Called again it changes nothing, and asks for the work once more. Raises what
        `send` raises before anything left, and `BrokerError` when everybody is enrolled
        and the broker cannot be told.
        """
        return from_sync(
            lambda: self.aenqueue(
                app,
                ledger=ledger,
                via=via,
                password_env=password_env,
                password_file=password_file,
                suppression=suppression,
                on_event=on_event,
                **options,
            )
        )

    async def aenqueue(
        self,
        app: object,
        *,
        ledger: Ledger | str | Path | None = None,
        via: str | None = None,
        password_env: str | None = None,
        password_file: str | Path | None = None,
        suppression: SuppressionList | str | Path | None = None,
        on_event: Listener | Iterable[Listener] | None = None,
        **options: Unpack[Sending],
    ) -> Enqueued:
        """The same as `enqueue`, awaited."""
        starter = _starter(app)
        starter.refuse_unsafe()
        way = _way(via or starter.via, password_env, password_file)
        carrier = _carrier(way)
        if suppression is None:
            suppression = starter.secrets.suppression
        with (
            _ledger(ledger, starter) as book,
            lent(suppression) as shared,
        ):
            how = Options(**{**_USUAL, **options}, suppression=shared)
            record = await enlist(self, how, book, carrier, way=way, on_event=on_event)
            counts = book.counts(record.id)
            waiting = counts.get(State.WAITING, 0)
        return Enqueued(
            campaign=record.name,
            recipients=sum(counts.values()),
            waiting=waiting,
            task=await _started(starter, record.name, waiting),
        )


def _starter(app: object) -> Starter:
    starter: Starter | None = getattr(app, "safesend", None)
    if starter is None:
        raise ConfigurationError(
            "this app does not know safesend: write Safesend(app, ledger=...) beside"
            " Celery(...), from safesend.integrations.celery"
        )
    return starter


def _ledger(
    given: Ledger | str | Path | None, starter: Starter
) -> AbstractContextManager[Ledger]:
    if given is None or str(given) == starter.ledger:
        return closing(open_ledger(starter.ledger, key_home=starter.secrets.key_home))
    if not isinstance(given, str | Path):
        return nullcontext(given)
    raise ConfigurationError(
        "the workers of this app have another ledger, and would never look into this"
        " one: leave ledger= out"
    )


def _way(
    via: str | None, password_env: str | None, password_file: str | Path | None
) -> Way:
    if via is None:
        raise ConfigurationError(
            'say by which carrier it goes: via="smtp://me@mail.example.org:587", the'
            " same in Safesend(app, via=...), or the setting safesend_via"
        )
    scheme, _, path = via.partition(":")
    if scheme in _FILES and not Path(path).is_absolute():
        raise ConfigurationError(
            f"{via!r}: a worker has a current folder of its own; write an absolute path"
        )
    file = None if password_file is None else str(password_file)
    return Way(url=via, password_env=password_env, password_file=file)


def _carrier(way: Way) -> Transport:
    # Nobody logs in here, so any password does.
    password = "unknown" if urlsplit(way.url).username else None
    return open_transport(way.url, password=password)


async def _started(starter: Starter, campaign: str, waiting: int) -> str:
    try:
        return await asyncio.to_thread(starter.start, campaign)
    except BrokerError as error:
        error.add_note(f"{campaign}: {waiting} of its people wait in the ledger.")
        raise
