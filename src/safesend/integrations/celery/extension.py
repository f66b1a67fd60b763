"""`Safesend(app)`: the tasks, the entry for beat, safe settings, and their check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.exceptions import OperationalError

from safesend.clock import SYSTEM
from safesend.errors import BrokerError, ConfigurationError
from safesend.fleet import Secrets
from safesend.integrations.celery.farewell import Farewell
from safesend.integrations.celery.guard import Guard, UnsafeSettings
from safesend.integrations.celery.pumping import Pumping
from safesend.integrations.celery.rules import (
    BUDGET,
    HARD_LIMIT,
    SOFT_LIMIT,
    problems,
)
from safesend.integrations.celery.seen import seen
from safesend.integrations.celery.setup import Setup
from safesend.integrations.celery.waking import wanting
from safesend.ledger import open_ledger

__all__ = ["PUMP", "WAKE", "Safesend"]

PUMP, WAKE = "safesend.pump", "safesend.wake"

_TRAITS: Mapping[str, Any] = {
    "acks_late": True,
    "reject_on_worker_lost": True,
    "retry_on_worker_lost": False,
    "acks_on_failure_or_timeout": True,
    "acks_on_failure": True,
    "acks_on_timeout": True,
    "ignore_result": True,
    "store_errors_even_if_ignored": False,
    "rate_limit": 0,  # None would be task_default_rate_limit
    "max_retries": 0,
    "serializer": "json",
    "soft_time_limit": SOFT_LIMIT,
    "time_limit": HARD_LIMIT,
    "shared": False,
    "bind": True,
}
_QUICK = {"max_retries": 3, "interval_start": 0, "interval_step": 0.2}


class Safesend:
    """Makes workers of a Celery app send what is in a ledger.

    `ledger` is postgresql://user@host/database. `secrets` are what no ledger keeps,
    by default those that variables name, as for `safesend worker`; `suppression` is the
    path of the suppression list. A pump takes `seconds`; a campaign has at most `pumps`
    of them at once; beat looks `wake_every` seconds for what is due. `via` is a carrier
    in place of those of the campaigns.

    What is not given is looked for among the settings of the app: `safesend_ledger`,
    `safesend_pumps` ... (in Django `CELERY_SAFESEND_LEDGER`).

    Settings for the whole app that pumps need are made defaults, and whoever set one
    otherwise is refused when a worker starts: raises `ConfigurationError`.
    """

    def __init__(
        self,
        app: Celery,
        *,
        ledger: str | Path | None = None,
        secrets: Secrets | None = None,
        suppression: str | Path | None = None,
        via: str | None = None,
        seconds: float | None = None,
        pumps: int | None = None,
        wake_every: float | None = None,
    ) -> None:
        if hasattr(app, "safesend"):
            raise ConfigurationError("Safesend(app) was called for this app already")
        self._app = app
        given: dict[str, Any] = {
            "ledger": ledger,
            "secrets": secrets,
            "suppression": suppression,
            "via": via,
            "seconds": seconds,
            "pumps": pumps,
            "wake_every": wake_every,
        }
        self._given = {name: one for name, one in given.items() if one is not None}
        self.farewell = Farewell()
        app.safesend = self
        self._register()
        self._connect()

    @cached_property
    def setup(self) -> Setup:
        """What it was told. Raises `ConfigurationError`."""
        return Setup.of(self._app.conf, self._given)

    @property
    def ledger(self) -> str:
        """Where the ledger is."""
        return self.setup.ledger

    @property
    def via(self) -> str | None:
        """The carrier that every pump takes, if it is not the campaign's own."""
        return self.setup.via

    @property
    def secrets(self) -> Secrets:
        """What no ledger keeps."""
        return self.setup.secrets

    def refuse_unsafe(self, worker: object = None) -> None:
        """Look at the settings of the app, and of a worker that starts.

        Raises `ConfigurationError`.
        """
        self._app.finalize(auto=True)
        try:
            seconds = self.setup.seconds
        except ConfigurationError as error:
            raise UnsafeSettings.of([str(error)]) from error
        look = seen(self._app, (PUMP, WAKE), seconds, worker)
        if found := list(problems(look)):
            raise UnsafeSettings.of(found)

    def start(self, campaign: str, tries: int = 0, expires: float | None = None) -> str:
        """Ask for a pump; gives the id of its task. Raises `BrokerError`.

        Its arguments are the campaign's name and a number: no address, no secret.
        """
        options: dict[str, Any] = {}
        if expires is not None:
            # For workers, and for a broker that can drop what nobody took (RabbitMQ).
            options = {"expires": expires, "expiration": expires}
        with _broker():
            sent = self._app.send_task(
                PUMP, (campaign, tries), retry_policy=_QUICK, **options
            )
        return str(sent.id)

    def wake(self) -> str:
        """Ask for pumps for every campaign that has something due."""
        setup, asked = self.setup, 0
        home = setup.secrets.key_home
        with closing(open_ledger(setup.ledger, key_home=home)) as book:
            now = book.clock(SYSTEM).now()
            for campaign, number in wanting(book, setup.pumps, now):
                for _ in range(number):
                    self.start(campaign, expires=setup.wake_every)
                    asked += 1
        return f"{asked} pumps"

    def _register(self) -> None:
        @self._app.task(name=PUMP, **_TRAITS)  # type: ignore[untyped-decorator]
        def pump(task: Any, campaign: str, tries: int = 0) -> str:
            delivery = task.request.delivery_info or {}
            pumping = Pumping(self.setup, self.farewell, self.start)
            redelivered = bool(delivery.get("redelivered"))
            return pumping.pump(campaign, tries, redelivered=redelivered)

        @self._app.task(name=WAKE, **_TRAITS)  # type: ignore[untyped-decorator]
        def wake(task: Any) -> str:  # noqa: ARG001 - bound as the other one is
            return self.wake()

    def _connect(self) -> None:
        app = self._app
        app.on_after_configure.connect(self._configured, weak=False)
        app.on_after_finalize.connect(self._finalized, weak=False)
        signals.worker_shutting_down.connect(self._leave, weak=False)
        app.steps["worker"].add(Guard)
        if app.configured:
            self._configured(app)

    def _configured(self, sender: Celery, **_: Any) -> None:
        """What pumps need is the default, below whatever somebody has set."""
        conf = sender.conf
        # Celery's own `add_defaults` goes before the settings that were read.
        conf.maps.insert(len(conf.maps) - 1, self._defaults(conf))
        self._schedule(conf)

    def _finalized(self, sender: Celery, **_: Any) -> None:
        """Somebody may have set the schedule meanwhile."""
        self._schedule(sender.conf)

    def _defaults(self, conf: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "worker_prefetch_multiplier": 1,
            "worker_soft_shutdown_timeout": self._seconds("seconds", 60, conf) + BUDGET,
            "worker_cancel_long_running_tasks_on_connection_loss": False,
            "task_default_queue_type": "quorum",
            "task_create_missing_queue_type": "quorum",
            "broker_transport_options": {"confirm_publish": True},
        }

    def _schedule(self, conf: Any) -> None:
        every = self._seconds("wake_every", 30, conf)
        if not any(one.get("task") == WAKE for one in conf.beat_schedule.values()):
            entry = {
                "task": WAKE,
                "schedule": every,
                "options": {"expires": every, "expiration": every},
            }
            conf.beat_schedule = {**conf.beat_schedule, WAKE: entry}

    def _seconds(self, name: str, default: float, conf: Mapping[str, Any]) -> float:
        """A number before anything is checked, which the start of a worker does."""
        given = self._given.get(name, conf.get(f"safesend_{name}"))
        if isinstance(given, int | float) and given > 0:
            return float(given)
        return default

    def _leave(self, **_: Any) -> None:
        self.farewell.say()


@contextmanager
def _broker() -> Iterator[None]:
    """What a broker that cannot be reached raises, as an error of ours."""
    try:
        yield
    except (OperationalError, OSError) as error:
        raise BrokerError(
            f"the broker of Celery took nothing ({type(error).__name__}). Nothing is"
            " lost: the ledger has everybody, and beat has them sent once the broker is"
            " back; or enqueue again, which enrols nobody twice"
        ) from error
