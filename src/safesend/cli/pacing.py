"""How fast, when and how long: what campaign.toml and the command line say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from safesend.cli.settings import Settings
from safesend.errors import ConfigurationError
from safesend.ledger.redis_line import checked_url
from safesend.policies.providers import Providers, builtin
from safesend.policies.replies import Rulebook, open_rules
from safesend.policies.retry import Retry, duration
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle

__all__ = ["Pacing", "Wanted", "read_pacing"]


@attrs.frozen(kw_only=True)
class Wanted:
    """What the command line says in place of campaign.toml; None: nothing."""

    rate: str | None = None
    hours: str | None = None
    give_up_after: str | None = None
    rules: Path | None = None
    mx: bool = False
    delay: float | None = None
    start: str | None = None
    connections: int | None = None
    limits: str | None = None


@attrs.frozen(kw_only=True)
class Pacing:
    """Arguments of `Campaign.send`, checked."""

    throttle: Throttle | None
    hours: SendingHours | None
    retry: Retry | None
    give_up_after: float | None
    """Seconds; None: the default."""
    retention: float | None
    """Seconds; None: what the ledger knows already."""
    rules: Rulebook
    providers: Mapping[str, tuple[str, ...]]
    mx_lookup: bool
    delay: float | None = None
    start: str | None = None
    connections: int | None = None
    limits: str | None = None

    def options(self) -> dict[str, Any]:
        """As keywords; what nobody set is left out."""
        fields = attrs.asdict(self, recurse=False)
        return {key: value for key, value in fields.items() if value is not None}


def read_pacing(
    settings: Settings, folder: Path, wanted: Wanted | None = None
) -> Pacing:
    """What holds for a campaign; files of campaign.toml are looked for in `folder`.

    Raises `ConfigurationError`, which names the line and key, or the option.
    """
    wanted = wanted or Wanted()
    told = _Told(settings, wanted)
    known = told.providers()
    rules = wanted.rules
    if rules is None and settings.rules is not None:
        rules = folder / settings.rules
    with told.of("hours") as hours:
        opening = None if hours is None else SendingHours(hours)
    with told.of("retry") as waits:
        retry = None if waits is None else Retry.of(waits)
    with told.of("give_up_after") as age:
        give_up_after = None if age is None else duration(age)
    with told.of("retention") as kept:
        retention = None if kept is None else duration(kept)
        if retention == 0:
            raise ConfigurationError("it must be longer than nothing")
    with told.of("delay") as wait:
        delay = None if wait is None else duration(wait)
    with told.of("limits") as place:
        limits = None if place is None else checked_url(place)
    with told.of("rules"):
        rulebook = open_rules(rules)
    return Pacing(
        throttle=told.throttle(known),
        hours=opening,
        retry=retry,
        give_up_after=give_up_after,
        retention=retention,
        rules=rulebook,
        providers=settings.providers,
        mx_lookup=wanted.mx or settings.mx_lookup,
        delay=delay,
        start=wanted.start,
        connections=wanted.connections or settings.connections,
        limits=limits,
    )


@attrs.frozen
class _Told:
    """Values by their key, and errors that say where they stand."""

    settings: Settings
    wanted: Wanted

    @contextmanager
    def of(self, key: str) -> Iterator[Any]:
        """The value of a key, the option's before the file's."""
        option = getattr(self.wanted, key, None)
        table, _, entry = key.partition(".")
        found = getattr(self.settings, table) if option is None else option
        try:
            yield found[entry] if entry else found
        except ConfigurationError as error:
            where = f"{self.settings.where(key)}: {key!r}"
            if option is not None:
                where = "--" + key.replace("_", "-")
            raise ConfigurationError(f"{where}: {error}") from None

    def providers(self) -> Providers:
        known = builtin()
        for name in self.settings.providers:
            with self.of(f"providers.{name}") as domains:
                known.extended({name: domains})
        with self.of("providers") as groups:
            return known.extended(groups)

    def throttle(self, known: Providers) -> Throttle | None:
        """One value more at a time, so that an error names the right one."""
        options: dict[str, Any] = {}
        with self.of("rate") as rate:
            ramp = Throttle(rate).ramp
        # What belongs to the rate in the file does not to that of the command line.
        if self.wanted.rate is None:
            with self.of("burst") as burst:
                Throttle(rate, burst=burst)
                options["burst"] = burst
        if self.wanted.rate is None or ramp is None:
            with self.of("warmup") as warmup:
                Throttle(rate, warmup=warmup)
                options["warmup"] = warmup
        names = self.settings.rate_per_provider
        limits = {name: self._limit(name, known) for name in names}
        with self.of("rate_per_provider"):
            made = Throttle(rate, per_provider=limits, **options)
        return made if rate or limits or made.ramp else None

    def _limit(self, name: str, known: Providers) -> Throttle:
        with self.of(f"rate_per_provider.{name}") as limit:
            known.check_name(name.strip().lower())
            return Throttle(limit)
