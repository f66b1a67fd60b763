"""A campaign folder: campaign.toml, the letter beside it, the list, and the way out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import attrs

from safesend.campaign import Campaign
from safesend.checks.allowance import Allow
from safesend.checks.public import public
from safesend.cli.aim import Aim
from safesend.cli.caution import Caution, read_caution
from safesend.cli.leaving import leaving_of
from safesend.cli.listed import people_of_file, people_of_list
from safesend.cli.pacing import Pacing, Wanted, read_pacing
from safesend.cli.project import VARIABLE
from safesend.cli.settings import Allowed, Settings, read_settings
from safesend.cli.signing import read_pems, read_signers
from safesend.engine.fields import mailbox
from safesend.engine.safety import allowed
from safesend.errors import AddressError, ConfigurationError, TemplateError
from safesend.fleet.secrets import Pem
from safesend.ledger.whereabouts import has_password, shown
from safesend.message.address import Address
from safesend.message.dkim import Dkim
from safesend.message.letterhead import bounce_address
from safesend.message.template import Template
from safesend.message.unsubscribe import Unsubscribe

__all__ = ["CampaignFolder", "open_folder"]

T = TypeVar("T")

_FILE_CARRIERS = frozenset({"eml", "maildir", "mbox"})
_FILES = {"subject": "subject.txt", "text": "body.txt", "html": "body.html"}
_BODIES = ("text", "html")


@attrs.frozen
class CampaignFolder:
    """An opened campaign folder; nothing but its settings was read yet."""

    path: Path
    settings: Settings

    @property
    def ledger(self) -> Path:
        """Where the ledger lies unless told otherwise: beside the folder."""
        return self.path.resolve().parent / f"{self.settings.name}.safesend.db"

    @property
    def place(self) -> str:
        """Where it lies: a URL or a path of campaign.toml or SAFESEND_LEDGER, or there.

        Raises `ConfigurationError` for a URL that tells a password.
        """
        named = self.settings.ledger
        if named is None:
            return os.environ.get(VARIABLE) or str(self.ledger)
        if has_password(named):
            raise ConfigurationError(
                f"{self.settings.where('ledger')}: a password does not belong into this"
                f" file: write {shown(named)}, and give the password in the variable"
                " PGPASSWORD or in the file ~/.pgpass"
            )
        return named if "://" in named else str(self.path.absolute() / named)

    @property
    def suppression(self) -> Path | None:
        """Where the suppression list lies that campaign.toml names, if it does."""
        named = self.settings.suppression
        return None if named is None else self.path.absolute() / named

    @property
    def bounces(self) -> str | None:
        """The mailbox for bounces that campaign.toml names, if it does."""
        named = self.settings.bounces
        if named is None or "://" in named:
            return named
        return str(self.path.absolute() / named)

    @property
    def own_addresses(self) -> frozenset[str]:
        """The sender's and the reply address: those that need no mask."""
        given = self.settings.sender, self.settings.reply_to
        return frozenset(
            Address.parse(text, name_allowed=True).wire for text in given if text
        )

    def campaign(self, aim: Aim | None = None) -> Campaign:
        """The campaign as the folder describes it, and the command line (`aim`).

        Raises `ConfigurationError`, `TemplateError` or `AttachmentError`.
        """
        settings = self.settings
        self._check_mailbox("sender", settings.sender)
        parts: dict[str, Any] = {
            "name": settings.name,
            "sender": settings.sender,
            "template": self._template(),
            "audience": people_of_list(self.path, settings),
            "message_id_domain": settings.message_id_domain,
            "unsubscribe": self._leaving(),
            "envelope_sender": self._told("envelope_sender", _bounces),
            "max_recipients": settings.max_recipients,
            "allowed_domains": self._told("allowed_domains", _domains),
            "public": self._told("public", public),
            "private": settings.private,
            "verify": settings.verify,
            "allow": self._told("allow", _allow),
            "redirect_all_to": self._told("redirect_all_to", mailbox),
            "dkim": self.signers(),
        }
        if settings.seeds is not None:
            parts["seeds"] = people_of_file(
                self.path, settings, "seeds", None, skip_invalid=False
            )
        if settings.seed_every is not None:
            parts["seed_every"] = settings.seed_every
        return self._corrected(parts, aim or Aim())

    def _corrected(self, parts: dict[str, Any], aim: Aim) -> Campaign:
        settings = self.settings
        if aim.correction_of is not None:
            return Campaign.correction(
                _ledger_at(aim.correction_of),
                of_campaign=aim.of_campaign,
                include_in_doubt=aim.include_in_doubt,
                **parts,
            )
        if settings.correction_of is None:
            return Campaign(**parts)
        named = settings.correction_of
        place = named if "://" in named else self.path / named
        try:
            return Campaign.correction(
                _ledger_at(place),
                of_campaign=settings.of_campaign,
                include_in_doubt=settings.include_in_doubt,
                **parts,
            )
        except ConfigurationError as error:
            where = settings.where("correction_of")
            raise ConfigurationError(f"{where}: {error}") from None

    def _leaving(self) -> Unsubscribe | str | None:
        where = self.settings.where("unsubscribe")
        return leaving_of(self.settings.unsubscribe, self.suppression, where)

    def _told(self, key: str, convert: Callable[[Any], T]) -> T:
        """A value of campaign.toml as the campaign has it; errors name the line."""
        try:
            return convert(getattr(self.settings, key))
        except (AddressError, ConfigurationError) as error:
            where = self.settings.where(key)
            raise ConfigurationError(f"{where}: {key!r}: {error}") from None

    def way(self, via: str | None) -> str:
        """The URL of the carrier: `via` as given, or the one of campaign.toml.

        A relative path in campaign.toml counts from the folder; the user name of
        [smtp] is put in where the URL names none.
        """
        if via is None and self.settings.via is None:
            raise ConfigurationError(
                f"{self.settings.file}: no 'via' says how the mail travels; add one, or"
                " use --via smtp://mail.example.org:587"
            )
        url = self._anchored(self.settings.via or "") if via is None else via
        return _with_username(url, self.settings.smtp.username)

    def signers(self) -> tuple[Dkim, ...]:
        """Who signs, as campaign.toml says."""
        return read_signers(self.settings, self.path)

    def pems(self) -> tuple[Pem, ...]:
        """The keys of those who sign, for other processes."""
        return read_pems(self.settings, self.path)

    def pacing(self, wanted: Wanted | None = None) -> Pacing:
        """How fast and when, as campaign.toml and the command line say."""
        return read_pacing(self.settings, self.path, wanted)

    def caution(
        self, *, approvals: int | None = None, pilot: str | None = None
    ) -> Caution:
        """What holds it back, as campaign.toml and the command line say."""
        return read_caution(self.settings, approvals=approvals, pilot=pilot)

    def _anchored(self, url: str) -> str:
        scheme, _, path = url.partition(":")
        if scheme not in _FILE_CARRIERS or path.startswith("/") or not path:
            return url
        return f"{scheme}:{self.path.resolve() / path}"

    def _check_mailbox(self, key: str, text: str) -> None:
        try:
            Address.parse(text, name_allowed=True)
        except AddressError as error:
            where = self.settings.where(key)
            raise ConfigurationError(f"{where}: {key!r}: {error}") from None

    def _template(self) -> Template:
        settings = self.settings
        if settings.reply_to is not None:
            self._check_mailbox("reply_to", settings.reply_to)
        try:
            return Template.from_folder(
                self.path,
                headers=settings.headers,
                reply_to=settings.reply_to,
                inline_css=settings.inline_css,
            )
        except TemplateError as error:
            if not any((self.path / _FILES[part]).exists() for part in _BODIES):
                raise TemplateError(
                    f"{self.path} has no letter: write {self.path / 'body.txt'},"
                    " body.html, or both"
                ) from None
            if error.part not in _FILES or not error.line:
                raise
            reason = str(error).partition(": ")[2]
            file = str(self.path / _FILES[error.part])
            raise TemplateError(reason, file, error.line) from None


def _domains(given: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for domain in given or ():
        Address.parse(f"x@{domain}")
    return given


def _bounces(given: str | None) -> str | None:
    return None if given is None else bounce_address(given)


def _allow(given: tuple[Allowed, ...]) -> tuple[Allow, ...]:
    tables = [Allow(one.check, one.reason, place=one.place) for one in given]
    return allowed(tables)


def open_folder(path: Path) -> CampaignFolder:
    """Read the campaign.toml of a folder. Raises `ConfigurationError`."""
    return CampaignFolder(path, read_settings(path / "campaign.toml"))


def _ledger_at(place: str | Path) -> str | Path:
    """A ledger as it was named: by its path or URL, or by its campaign folder."""
    return open_folder(Path(place)).place if Path(place).is_dir() else place


def _with_username(url: str, username: str | None) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigurationError("this is not a URL: smtp://user@host:587") from None
    if username is None or not parts.netloc or "@" in parts.netloc:
        return url
    netloc = f"{quote(username, safe='')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=netloc))
