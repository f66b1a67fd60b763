"""`safesend check --message FILE --audience LIST`: one message of any program."""

from __future__ import annotations

from pathlib import Path

from safesend.checks.addresses import mentions
from safesend.checks.mail import read_mail
from safesend.checks.piece import Kind, Piece
from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.findings import leak_json, sarif, tell_leaks
from safesend.errors import AddressError, ConfigurationError, Severity
from safesend.intake.anything import read_any
from safesend.message.address import Address
from safesend.scanner.inspection import Watch

__all__ = ["inspect_file"]

_LARGEST = 100 << 20


def inspect_file(
    message: Path, audience: Path, recipient: str | None, form: str
) -> Exit:
    """Inspect a message file and say what was found, in that form."""
    octets = _octets(message)
    person = recipient or _addressed(message, octets)
    try:
        reader = Address.parse(person)
    except AddressError as error:
        raise ConfigurationError(f"--recipient: {error}") from None
    with Watch(read_any(audience)) as watch:
        if reader not in watch:
            show.say(f"{audience}: does not have {reader}, whom it is for.", err=True)
        leaks = watch.inspect(octets, reader, warnings=True)
    refused = [leak for leak in leaks if leak.severity is Severity.REFUSE]
    warnings = [leak for leak in leaks if leak.severity is Severity.WARN]
    if form == "json":
        show.emit(
            {
                "ok": not refused,
                "leaks": [leak_json(leak) for leak in refused],
                "warnings": [leak_json(leak) for leak in warnings],
            }
        )
    elif form == "sarif":
        show.emit(sarif(leaks, str(message)))
    else:
        tell_leaks("This would expose somebody:", refused)
        tell_leaks("Worth a look:", warnings)
        if not refused:
            show.say(f"{message}: shows nobody but {reader}, whom it is for.")
    return Exit.PROBLEMS if refused else Exit.OK


def _octets(message: Path) -> bytes:
    if message.stat().st_size > _LARGEST:
        raise ConfigurationError(f"{message}: is larger than 100 MB; no mail is")
    octets = message.read_bytes()
    if not octets.strip():
        raise ConfigurationError(f"{message}: is empty; there is nothing to inspect")
    return octets


def _addressed(message: Path, octets: bytes) -> str:
    """The one mailbox of the To header."""
    found = {
        mention.spellings[0]
        for piece in read_mail(octets, lambda *_: ())
        if isinstance(piece, Piece)
        and piece.kind is Kind.HEADER
        and piece.unit.lower() == "header to"
        for mention in mentions(piece.text)
    }
    if len(found) != 1:
        many = "several mailboxes" if found else "no mailbox"
        raise ConfigurationError(
            f"{message}: its To has {many}; say whom it is for with --recipient"
        )
    return found.pop()
