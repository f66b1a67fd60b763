"""campaign.toml as a checked value: every key known, every type right, lines named."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import attrs

from safesend.cli.asked import Asked, read_list
from safesend.cli.leaving import Leaving, read_leaving
from safesend.cli.ways import Way, read_ways, refuse_login
from safesend.errors import ConfigurationError

__all__ = ["MOST_LANES", "Settings", "Signer", "Smtp", "read_settings"]

MOST_LANES = 500
"""`Campaign.send` takes no more."""


@attrs.frozen(kw_only=True)
class Smtp:
    """The table [smtp]: who logs in, and where the password is found."""

    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    password_keyring: str | None = None


@attrs.frozen(kw_only=True)
class Signer:
    """A table [dkim] or [[dkim]]: who signs, and where the key is found."""

    domain: str = ""
    selector: str = ""
    key_file: str | None = None
    key_env: str | None = None
    key_keyring: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    password_keyring: str | None = None


@attrs.frozen(kw_only=True)
class Allowed:
    """A table [[allow]]: a check, why it may pass, and where (default: everywhere)."""

    check: str
    reason: str
    place: str = ""


Texts = tuple[str, ...]
Pairs = tuple[tuple[str, ...], ...]


@attrs.frozen(kw_only=True)
class Settings:
    """What campaign.toml says. Paths are as written: relative to the folder."""

    file: Path
    name: str
    sender: str
    list: str | Asked
    reply_to: str | None = None
    address: str | None = None
    key: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip_invalid: bool = False
    attachments: str | None = None
    inline_css: bool = False
    via: str | None = None
    rate: str | None = None
    burst: int | None = None
    warmup: str | None = None
    rate_per_provider: Mapping[str, str] = attrs.field(factory=dict)
    lanes: int | None = None
    connections: int | None = None
    limits: str | None = None
    hours: str | None = None
    retry: str | None = None
    give_up_after: str | int | None = None
    retention: str | int | None = None
    delay: str | int | None = None
    rules: str | None = None
    ledger: str | None = None
    suppression: str | None = None
    bounces: str | None = None
    providers: Mapping[str, Texts] = attrs.field(factory=dict)
    mx_lookup: bool = False
    approvals: int | None = None
    pilot: int | str | None = None
    auto_stop: bool | Mapping[str, int | str] = True
    unsubscribe: Leaving | None = None
    envelope_sender: str | None = None
    message_id_domain: str | None = None
    max_recipients: int | None = None
    allowed_domains: Texts | None = None
    redirect_all_to: str | None = None
    seeds: str | None = None
    seed_every: int | None = None
    correction_of: str | None = None
    of_campaign: str | None = None
    include_in_doubt: bool = False
    public: Texts = ()
    private: Texts = ()
    verify: Pairs = ()
    allow: tuple[Allowed, ...] = ()
    headers: Mapping[str, str] = attrs.field(factory=dict)
    smtp: Smtp = attrs.field(factory=Smtp)
    ways: tuple[Way, ...] = ()
    """Several carriers: a list or a table `via`, or [[carrier]]."""
    dkim: tuple[Signer, ...] = ()
    lines: Mapping[str, int] = attrs.field(factory=dict, repr=False)

    def where(self, key: str) -> str:
        """The place of a key, to open a message with: "campaign.toml:4".

        Those of a table are called "smtp.username".
        """
        return _place(self.file, self.lines, key)


_MADE_HERE = frozenset({"file", "lines", "ways"})
_REQUIRED = ("name", "sender", "list")
_LISTS = ("allowed_domains", "public", "private")
_TABLES = ("headers", "rate_per_provider")
_PAIR = 2
_WORDS: Mapping[type, str] = {
    str: 'a text in quotes ("...")',
    int: "a whole number",
    bool: "true or false",
}


def read_settings(file: Path) -> Settings:
    """Read and check a campaign.toml; a `ConfigurationError` names file and line."""
    text = _text(file)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(file, error)) from None
    draft = _Draft(file, _lines(text))
    ways = read_ways(draft, raw)
    raw = {key: value for key, value in raw.items() if key != "carrier"}
    if ways:
        raw.pop("via", None)
    draft.check(Settings, raw, "")
    smtp = draft.table(raw, "smtp")
    draft.check(Smtp, smtp, "smtp.")
    if str(raw.get("via", "")).lower().startswith("ses:"):
        refuse_login(draft, "ses:", smtp, "smtp")
    tables = {key: draft.texts_of(raw, key) for key in _TABLES}
    allow = draft.tables(raw, "allow")
    for table in allow:
        draft.check(Allowed, table, "allow.")
    people = read_list(draft, raw)
    for key in _REQUIRED:
        if not raw.get(key):
            raise draft.wrong(f"{key!r} is missing or empty", key)
    lists = {key: draft.texts(raw, key) for key in _LISTS if key in raw}
    made = {
        "file": file,
        "lines": draft.lines,
        "smtp": Smtp(**smtp),
        "ways": ways,
        "list": people,
        "unsubscribe": read_leaving(draft, raw),
        "providers": draft.lists_of(raw, "providers"),
        "allow": tuple(draft.allowed(table) for table in allow),
        "dkim": draft.signers(raw),
        "verify": draft.pairs(raw, "verify"),
        "auto_stop": draft.amounts_or_flag(raw, "auto_stop"),
    }
    return _checked(draft, Settings(**raw | lists | tables | made))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file} is missing; 'safesend init DIR' makes a folder with one"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{file}:{line}: this is not UTF-8, which TOML files are; save it as UTF-8"
        ) from None


def _syntax(file: Path, error: tomllib.TOMLDecodeError) -> str:
    reason, _, place = str(error).partition(" (at ")
    hit = re.match(r"line (\d+), column (\d+)", place)
    where = f"{file}:{hit[1]}:{hit[2]}" if hit else str(file)
    at_end = " (at the end of the file)" if place.startswith("end") else ""
    return f"{where}: {reason}{at_end}; this is not TOML"


_HEADING = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|([\w.-]+))\s*=")


def _lines(text: str) -> dict[str, int]:
    """Where each key stands: "via" -> 12, "smtp.username" -> 31; a best effort."""
    table, lines = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _HEADING.fullmatch(line):
            table = heading[1] + "."
            lines.setdefault(heading[1], number)
        elif key := _KEY.match(line):
            lines.setdefault(table + (key[1] or key[2] or key[3]), number)
    return lines


def _place(file: Path, lines: Mapping[str, int], key: str) -> str:
    """The line of a key, or of its table, where they were found."""
    line = lines.get(key) or lines.get(key.partition(".")[0])
    return f"{file}:{line}" if line else str(file)


@attrs.frozen
class _Draft:
    """The file being checked: makes its errors name the line."""

    file: Path
    lines: Mapping[str, int]

    def wrong(self, reason: str, key: str) -> ConfigurationError:
        return ConfigurationError(f"{_place(self.file, self.lines, key)}: {reason}")

    def table(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        found = raw.get(name, {})
        if not isinstance(found, dict):
            raise self.wrong(f"{name!r} must be a table: [{name}]", name)
        return found

    def tables(self, raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        found = raw.get(name, [])
        if not isinstance(found, list) or not all(isinstance(t, dict) for t in found):
            raise self.wrong(f"{name!r} must be tables: [[{name}]]", name)
        return found

    def signers(self, raw: Mapping[str, Any]) -> tuple[Signer, ...]:
        one = raw.get("dkim")
        found = [one] if isinstance(one, dict) else self.tables(raw, "dkim")
        for table in found:
            self.check(Signer, table, "dkim.")
            for key in ("domain", "selector"):
                if not table.get(key):
                    raise self.wrong(f"[[dkim]] needs {key!r}", "dkim")
            for what, least in (("key", 1), ("password", 0)):
                names = [f"{what}_{place}" for place in ("file", "env", "keyring")]
                if not least <= sum(name in table for name in names) <= 1:
                    needs = "needs one" if least else "takes one"
                    raise self.wrong(f"[[dkim]] {needs} of {', '.join(names)}", "dkim")
        return tuple(Signer(**table) for table in found)

    def texts(self, raw: Mapping[str, Any], key: str, prefix: str = "") -> Texts:
        found, whole = raw[key], prefix + key
        if not isinstance(found, list) or not all(isinstance(t, str) for t in found):
            wanted = 'a list of texts: ["...", "..."]'
            raise self.wrong(f"{whole!r} must be {wanted}{_dotted(found)}", whole)
        return tuple(found)

    def lists_of(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Texts]:
        """A table whose values are lists of texts."""
        table = self.table(raw, name)
        return {key: self.texts(table, key, f"{name}.") for key in table}

    def texts_of(self, raw: Mapping[str, Any], name: str) -> Mapping[str, str]:
        """A table whose values are texts."""
        table = self.table(raw, name)
        for key, value in table.items():
            self._check_type(f"{name}.{key}", value, str)
        return table

    def amounts_or_flag(
        self, raw: Mapping[str, Any], name: str
    ) -> bool | Mapping[str, int | str]:
        """A table whose values are texts or whole numbers, or true or false."""
        found = raw.get(name, True)
        if isinstance(found, bool):
            return found
        if not isinstance(found, dict):
            raise self.wrong(f"{name!r} must be a table [{name}], or false", name)
        for key, value in found.items():
            self._check_type(f"{name}.{key}", value, int | str)
        return found

    def pairs(self, raw: Mapping[str, Any], key: str) -> Pairs:
        found = raw.get(key, [])
        for pair in found if isinstance(found, list) else [found]:
            texts = isinstance(pair, list) and all(isinstance(t, str) for t in pair)
            if not texts or len(pair) != _PAIR:
                raise self.wrong(
                    f'{key!r} must be pairs of columns: [["email", "account_email"]]',
                    key,
                )
        return tuple(tuple(pair) for pair in found)

    def allowed(self, table: Mapping[str, Any]) -> Allowed:
        for key in ("check", "reason"):
            if not table.get(key):
                raise self.wrong(f"[[allow]] needs {key!r}", "allow")
        return Allowed(**table)

    def check(self, kind: type[Any], raw: Mapping[str, Any], prefix: str) -> None:
        """Every key is a field of that class, and every value of its type."""
        fields = attrs.fields(attrs.resolve_types(kind))
        known = {f.name: f.type for f in fields if f.name not in _MADE_HERE}
        for key, value in raw.items():
            if key not in known:
                raise self.wrong(_unknown(key, sorted(known)), prefix + key)
            self._check_type(prefix + key, value, known[key])

    def no_strays(self, raw: Mapping[str, Any], table: str) -> None:
        """No key of the file itself stands in a table, which takes all below it."""
        top = {field.name for field in attrs.fields(Settings)} - _MADE_HERE
        for key in raw:
            if key in top:
                heading = "[via]" if table == "via" else f"[[{table}]]"
                reason = f"{key!r} stands in the table {heading}"
                hint = "move the table to the end of the file"
                raise self.wrong(f"{reason}; {hint}", f"{table}.{key}")

    def _check_type(self, key: str, value: object, wanted: Any) -> None:
        union = isinstance(wanted, types.UnionType)
        allowed = get_args(wanted) if union else (wanted,)
        kinds = [kind for kind in _WORDS if kind in allowed]
        if len(kinds) < len(allowed) and type(None) not in allowed:
            return
        if kinds and type(value) not in kinds:
            words = " or ".join(_WORDS[kind] for kind in kinds)
            raise self.wrong(f"{key!r} must be {words}{_dotted(value)}", key)


def _dotted(value: object) -> str:
    """A bare key with a dot makes a table of it (TOML 1.0, "Dotted Keys")."""
    dotted = isinstance(value, dict)
    return '; a name with a dot stands in quotes: "example.org"' if dotted else ""


def _unknown(key: str, known: Sequence[str]) -> str:
    if key in {"password", "passwd", "pass"}:
        return (
            "a password does not belong into this file; name a variable with"
            " password_env, a file with password_file or a service of the keyring with"
            " password_keyring, under [smtp]"
        )
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
    return f"unknown key {key!r}; {hint}"


def _checked(draft: _Draft, settings: Settings) -> Settings:
    """What no type says: the name becomes a file's name, counts are positive."""
    if re.search(r"[/\\\x00-\x1f\x7f]", settings.name) or settings.name[0] == ".":
        raise draft.wrong(
            "the name becomes part of a file's name: no slash, no control character"
            " and no dot at its beginning",
            "name",
        )
    if settings.approvals is not None and settings.approvals < 0:
        raise draft.wrong("'approvals' must be at least 0", "approvals")
    for key in ("lanes", "connections", "max_recipients", "burst", "seed_every"):
        number = getattr(settings, key)
        if number is not None and number < 1:
            raise draft.wrong(f"{key!r} must be at least 1", key)
    if settings.lanes is not None and settings.lanes > MOST_LANES:
        raise draft.wrong(f"'lanes' must be at most {MOST_LANES}", "lanes")
    for key in ("of_campaign", "include_in_doubt"):
        if getattr(settings, key) and settings.correction_of is None:
            raise draft.wrong(f"{key!r} goes with 'correction_of'", key)
    places = ("password_env", "password_file", "password_keyring")
    given = [key for key in places if getattr(settings.smtp, key)]
    if len(given) > 1:
        both = " or ".join(given)
        raise draft.wrong(f"give {both}, not both", f"smtp.{given[-1]}")
    return settings
