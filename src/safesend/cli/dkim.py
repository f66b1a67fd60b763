"""`safesend dkim`: make a key, print the record to publish, ask DNS whether it is."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.options import folder_argument, json_option, nameserver_option
from safesend.errors import ConfigurationError, Severity

if TYPE_CHECKING:
    from safesend.message.dkim import Dkim
    from safesend.message.key_record import KeyFlaw

__all__ = ["dkim"]

_LONGEST_TEXT = 255  # RFC 1035 section 3.3: a character-string has one octet of length


@click.group(short_help="Make a DKIM key, and see that DNS has its record.")
def dkim() -> None:
    """Make a key for DKIM signatures, print its record, and check it in DNS.

    \b
    Examples:
      safesend dkim new example.org s2026 --out spring/dkim.pem
      safesend dkim record spring
      safesend dkim check spring
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


@dkim.command(short_help="Make a new key.")
@click.argument("domain")
@click.argument("selector")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="A new file for the private key, which only you can read.",
)
@click.option(
    "--ed25519", is_flag=True, help="Ed25519 in place of RSA of 2048 bits (RFC 8463)."
)
@json_option
def new(domain: str, selector: str, out: Path, ed25519: bool, as_json: bool) -> None:
    """Make a key with which mail of DOMAIN is signed, and print its record.

    Publish the record before anything is signed. SELECTOR is a name for the key: a
    later key gets another one, and both can be published at a time.

    \b
    Example:
      safesend dkim new example.org s2026 --out spring/dkim.pem
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.ledger.place import create_private
    from safesend.message.dkim import Dkim
    from safesend.message.dkim_key import new_key

    pem = new_key(ed25519=ed25519)
    made = Dkim(domain, selector, pem)
    try:
        with os.fdopen(create_private(out), "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise ConfigurationError(
            f"{out} is there already; a key is not written over, name a new file"
        ) from None
    if as_json:
        show.emit({"ok": True, "file": str(out), **_as_json(made)})
        return
    show.say(f"{out} holds the new key; only you can read it. Publish in DNS:")
    show.say()
    _show_record(made)
    show.say()
    show.say("Then sign with it: in campaign.toml")
    show.say()
    show.say("[[dkim]]")
    for name, value in (
        ("domain", made.domain),
        ("selector", made.selector),
        ("key_file", out.name),
    ):
        show.say(f"{name} = {json.dumps(value, ensure_ascii=False)}")


@dkim.command(short_help="Print the records to publish.")
@folder_argument
@json_option
def record(folder: Path, as_json: bool) -> None:
    """Print the TXT records for the keys of the campaign folder DIR.

    They are lines of a zone file; a form on a web page takes the name and what stands
    in the quotes, as one text.

    \b
    Example:
      safesend dkim record spring
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    found = _signers(folder)
    if as_json:
        show.emit({"ok": True, "records": [_as_json(one) for one in found]})
        return
    for one in found:
        _show_record(one)


@dkim.command(short_help="Ask DNS whether the records are published.")
@folder_argument
@nameserver_option
@json_option
@click.pass_context
def check(
    context: click.Context,
    folder: Path,
    nameserver: tuple[Sequence[str] | None, int],
    as_json: bool,
) -> None:
    """Ask DNS whether receivers can verify what the keys of DIR sign.

    The exit code is 0 where they can, 1 where no signature of some key would count,
    and 3 where DNS gave no answer.

    \b
    Examples:
      safesend dkim check spring
      safesend dkim check spring --nameserver 192.0.2.53
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.net.dkim import check_key

    nameservers, port = nameserver
    found = _signers(folder)

    async def asked() -> list[list[KeyFlaw]]:
        return [
            await check_key(one, nameservers=nameservers, port=port) for one in found
        ]

    told = list(zip(found, asyncio.run(asked()), strict=True))
    bad = any(one.severity is Severity.REFUSE for _, flaws in told for one in flaws)
    if as_json:
        keys = [{**_as_json(one), "flaws": _flaws(flaws)} for one, flaws in told]
        show.emit({"ok": not bad, "keys": keys})
    else:
        for one, flaws in told:
            _tell(one, flaws)
    context.exit(Exit.PROBLEMS if bad else Exit.OK)


def _signers(folder: Path) -> tuple[Dkim, ...]:
    from safesend.cli.folder import open_folder

    opened = open_folder(folder)
    found = opened.signers()
    if not found:
        raise ConfigurationError(
            f"{opened.settings.file} has no table [[dkim]]; 'safesend dkim new' makes a"
            " key, and says what to write there"
        )
    return found


def _show_record(one: Dkim) -> None:
    """As a line of a zone file; a long text is several, which are read as one."""
    text = one.record
    starts = range(0, len(text), _LONGEST_TEXT)
    texts = [f'"{text[start : start + _LONGEST_TEXT]}"' for start in starts]
    show.say(f"{one.name}. IN TXT ( {' '.join(texts)} )")


def _tell(one: Dkim, flaws: Sequence[KeyFlaw]) -> None:
    show.say(f"{one.name} ({one.algorithm})")
    if not flaws:
        show.say("    DNS has the key that signs.")
    for flaw in flaws:
        word = "Wrong" if flaw.severity is Severity.REFUSE else "Warning"
        show.say(f"    {word}: {flaw.reason}")


def _flaws(flaws: Sequence[KeyFlaw]) -> list[dict[str, str]]:
    return [{"severity": str(one.severity), "reason": one.reason} for one in flaws]


def _as_json(one: Dkim) -> dict[str, Any]:
    return {
        "name": one.name,
        "algorithm": one.algorithm,
        "bits": one.key.bits,
        "record": one.record,
    }
