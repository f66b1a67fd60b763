"""A Postfix of our own: configuration, queue and mailboxes in one folder.

It offers PIPELINING, SIZE, STARTTLS, 8BITMIME, DSN, SMTPUTF8, CHUNKING and, with a
SASL socket, AUTH (any user, password "secret"). It takes mail for example.test into
one Maildir, says 5xx to refused@ and 4xx to later@, takes what is for gone@ and then
finds no such mailbox, and lets nothing leave the machine. Where it is told a port for
it, mail for hop.test is taken and handed on; what comes back to bounces@ or
bounces+any@ of some domains goes into a Maildir of their own. Package: postfix (no
service need run). Its master needs root.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from servers.certificates import Certificates
from servers.process import Daemon, MissingServer, folder, free_port, program, started

__all__ = ["Delivered", "Postfix", "run_postfix"]

_HERE = Path(__file__).parent
_REFUSALS = "/^refused@/ REJECT no such user\n/^later@/ DEFER try again\n"
_MAILBOXES = "!/^gone@/ all/\n"
_BOUNCES = r"/^bounces(\+[^@]*)?@{}$/ {}/" + "\n"
_HOP = r"/(^|@)hop\.test$/ smtp:[127.0.0.1]:{}" + "\n"
_DOMAINS = r"/(^|\.)example\.test$/ yes" + "\n"


@attrs.frozen
class Delivered:
    """One message in a mailbox; `recipient` as the server noted it."""

    recipient: str
    content: bytes
    """The message with LF line ends, the server's own lines on top included."""


@attrs.frozen
class Postfix:
    """A running Postfix."""

    port: int
    smtps_port: int
    ca: Path
    mail: Path
    etc: Path
    """What its sendmail has to be told by -C."""
    daemon: Daemon
    username: str = "ada"
    password: str = "secret"
    _seen: dict[str, Delivered] = attrs.field(factory=dict, repr=False, init=False)

    def delivered(
        self, domain: str = "", *, expected: int = 0, patience: float = 90.0
    ) -> list[Delivered]:
        """What came for a domain (give every test its own, below example.test).

        Waits until there are at least `expected` messages.
        """
        end = time.monotonic() + patience
        while len(found := self._found(domain)) < expected:
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        return found

    def bounces(self, domain: str, *, expected: int, patience: float = 90.0) -> Path:
        """The Maildir with what came back to a domain, when so many mails are in it."""
        place = self.mail / domain
        end = time.monotonic() + patience
        while len(list((place / "new").glob("*"))) < expected:
            if time.monotonic() > end:
                raise AssertionError(
                    f"no {expected} bounces:\n{self.daemon.log_tail()}"
                )
            time.sleep(0.05)
        return place

    def _found(self, domain: str) -> list[Delivered]:
        """Each file is read once: a run may put thousands here."""
        for file in (self.mail / "all" / "new").glob("*"):
            if file.name not in self._seen:
                self._seen[file.name] = _read(file)
        return [
            letter
            for letter in self._seen.values()
            if not domain or letter.recipient.endswith(f"@{domain}")
        ]


def _read(file: Path) -> Delivered:
    content = file.read_bytes()
    for line in content.splitlines():
        if line.lower().startswith(b"delivered-to:"):
            return Delivered(line[13:].strip().decode(), content)
    return Delivered("", content)


@contextlib.contextmanager
def run_postfix(
    sasl: Path | None = None,
    *,
    more: str = "",
    hop: int | None = None,
    bounces: Sequence[str] = (),
) -> Iterator[Postfix]:
    """Run a Postfix with its own everything, and `more` settings."""
    program("postfix", "postfix")
    master = program("master", "postfix")
    if os.geteuid() != 0:
        raise MissingServer("postfix needs root to run: run the tests as root")
    with folder("postfix") as place:
        smtp, smtps = free_port(), free_port()
        certificates = Certificates.make(place / "tls")
        _lay_out(place, smtp, smtps, certificates, sasl)
        with (place / "etc" / "main.cf").open("a") as file:
            file.write(more)
        _take_back(place / "etc", hop, bounces)
        log = place / "log" / "maillog"
        daemon = started([master, "-c", str(place / "etc"), "-d"], port=smtp, log=log)
        try:
            ca, mail, etc = certificates.ca, place / "mail", place / "etc"
            yield Postfix(smtp, smtps, ca, mail, etc, daemon)
        finally:
            daemon.stop()


def _lay_out(
    place: Path,
    smtp: int,
    smtps: int,
    certificates: Certificates,
    sasl: Path | None,
) -> None:
    for name in "etc", "spool", "data", "mail", "log":
        (place / name).mkdir()
    shutil.chown(place / "data", "postfix")
    shutil.chown(place / "mail", "nobody")
    etc = place / "etc"
    (etc / "domains").write_text(_DOMAINS)
    (etc / "mailboxes").write_text(_MAILBOXES)
    (etc / "hops").touch()
    (etc / "refusals").write_text(_REFUSALS)
    nobody = pwd.getpwnam("nobody")
    settings = (_HERE / "postfix-main.cf").read_text()
    values = {
        "PLACE": str(place),
        "DAEMONS": str(Path(program("master", "postfix")).parent),
        "UID": str(nobody.pw_uid),
        "GID": str(nobody.pw_gid),
        "CERTIFICATE": str(certificates.good),
        "SASL": str(sasl) if sasl else "none",
        "AUTH": "yes" if sasl else "no",
    }
    (etc / "main.cf").write_text(_filled(settings, values))
    services = (_HERE / "postfix-master.cf").read_text()
    ports = {"SMTP": str(smtp), "SMTPS": str(smtps)}
    (etc / "master.cf").write_text(_filled(services, ports))
    _age(etc)
    subprocess.run(
        [program("postfix", "postfix"), "-c", str(etc), "check"],
        check=True,
        capture_output=True,
    )


def _take_back(etc: Path, hop: int | None, domains: Sequence[str]) -> None:
    """Where mail goes on to, and where it comes back to."""
    if hop is not None:
        (etc / "hops").write_text(_HOP.format(hop))
    own = "".join(_BOUNCES.format(re.escape(one), one) for one in domains)
    (etc / "mailboxes").write_text(own + _MAILBOXES)
    _age(etc)


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _age(etc: Path) -> None:
    """Postfix reads files that changed in the last seconds again and again."""
    minute_ago = time.time() - 60
    for file in etc.iterdir():
        os.utime(file, (minute_ago, minute_ago))
