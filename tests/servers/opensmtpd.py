"""An OpenSMTPD of our own, from an unpacked package: `.tools/opensmtpd`.

It offers SIZE, 8BITMIME and DSN only, and takes mail for one domain into one Maildir.
STARTTLS is offered, and its handshake fails with the OpenSSL of Debian 12. Its package
and Postfix's exclude each other: `apt-get download opensmtpd`, then `dpkg -x` it into
`.tools/opensmtpd`. It needs root, for a mount namespace with accounts of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.certificates import Certificates
from servers.process import Daemon, MissingServer, folder, started

__all__ = ["OpenSmtpd", "run_opensmtpd"]

_ROOT = Path(__file__).parents[2] / ".tools" / "opensmtpd"
_SETTINGS = """\
pki good cert "{place}/certificate.pem"
pki good key "{place}/certificate.pem"
listen on {host} port {port} tls pki good hostname mx.example.test
action "store" maildir "{place}/mail" virtual {{ "@" = nobody }}
match from any for domain "{domain}" action "store"
action "on" relay host smtp://127.0.0.1:{hop}
match from any for domain "hop.test" action "on"
match for any action "store"
"""
_INSIDE = """\
set -e
mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group
for m in /run /var/spool /var/lib; do mount -t tmpfs -o mode=755 none $m; done
mount --bind "$2/usr/libexec" /usr/libexec
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd/{offline,purge,temporary}
cd /var/spool/smtpd; chmod 711 .; chown opensmtpq purge temporary
chmod 700 purge temporary; chown root:opensmtpq offline; chmod 770 offline
exec "$2/usr/sbin/smtpd" -d -f "$1/smtpd.conf"
"""


@attrs.frozen
class OpenSmtpd:
    """A running OpenSMTPD."""

    host: str
    port: int
    mail: Path
    daemon: Daemon

    def delivered(self) -> list[bytes]:
        """The messages in its mailbox."""
        return [file.read_bytes() for file in (self.mail / "new").glob("*")]


@contextlib.contextmanager
def run_opensmtpd(
    host: str, port: int, domain: str, *, hop: int = 9
) -> Iterator[OpenSmtpd]:
    """Run one at this address; mail for hop.test it hands on to a port here."""
    if not (_ROOT / "usr" / "sbin" / "smtpd").exists():
        raise MissingServer(f"opensmtpd is missing: unpack its package into {_ROOT}")
    if os.geteuid() != 0:
        raise MissingServer("opensmtpd needs root to run: run the tests as root")
    with folder("opensmtpd") as place:
        _lay_out(place, host, port, domain, hop)
        command = ["unshare", "-m", "bash", "-c", _INSIDE, "-", str(place), str(_ROOT)]
        log = place / "log"
        daemon = started(command, port=port, log=log, host=host)
        try:
            yield OpenSmtpd(host, port, place / "mail", daemon)
        finally:
            daemon.stop()


def _lay_out(place: Path, host: str, port: int, domain: str, hop: int) -> None:
    certificates = Certificates.make(place / "tls")
    shutil.copy(certificates.good, place / "certificate.pem")
    (place / "certificate.pem").chmod(0o600)
    (place / "mail").mkdir()
    shutil.chown(place / "mail", "nobody")
    settings = _SETTINGS.format(
        place=place, host=host, port=port, domain=domain, hop=hop
    )
    (place / "smtpd.conf").write_text(settings)
    (place / "smtpd.conf").chmod(0o600)
    own = ("opensmtpd", "opensmtpq")
    known = [line for line in _lines("passwd") if line.split(":")[0] not in own]
    for number, name in enumerate(own, 61001):
        known.append(f"{name}:x:{number}:{number}::/var/lib/opensmtpd/empty:/bin/false")
    homes = [_at_home(line, place / "mail") for line in known]
    (place / "passwd").write_text("\n".join(homes) + "\n")
    groups = [line for line in _lines("group") if line.split(":")[0] not in own]
    groups += [f"{name}:x:{number}:" for number, name in enumerate(own, 61001)]
    (place / "group").write_text("\n".join(groups) + "\n")


def _lines(name: str) -> list[str]:
    return (Path("/etc") / name).read_text().splitlines()


def _at_home(line: str, mail: Path) -> str:
    fields = line.split(":")
    if fields[0] == "nobody":
        fields[5] = str(mail)
    return ":".join(fields)
