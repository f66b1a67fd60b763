"""An Exim of our own, from an unpacked package: `.tools/exim`.

It offers PIPELINING, CHUNKING, SMTPUTF8, DSN and STARTTLS, holds clients to the order
of commands, and takes mail for one domain into one Maildir: also for gone@, of whom it
then finds that there is no such mailbox. What comes back to bounces@ or bounces+any@
goes into a Maildir of its own. Where it is told a port for it, mail for hop.test is
taken and handed on. Its package and Postfix's exclude each other: `apt-get download
exim4-daemon-light`, then `dpkg -x` it into `.tools/exim`. It needs root, for a mount
namespace with an account of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.certificates import Certificates
from servers.process import Daemon, MissingServer, folder, started

__all__ = ["Exim", "run_exim"]

_PROGRAM = Path(__file__).parents[2] / ".tools" / "exim" / "usr" / "sbin" / "exim4"
_USER, _NUMBER = "Debian-exim", 61003
_SETTINGS = """\
exim_user = Debian-exim
exim_group = Debian-exim
exim_path = {program}
never_users =
spool_directory = {place}/spool
log_file_path = {place}/spool/%slog
pid_file_path = {place}/spool/pid
primary_hostname = mx.example.test
local_interfaces = {host}
daemon_smtp_ports = {port}
host_lookup =
rfc1413_query_timeout = 0s
tls_certificate = {place}/certificate.pem
tls_advertise_hosts = *
pipelining_advertise_hosts = *
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
smtp_enforce_sync = true
smtp_accept_queue_per_connection = 0
begin acl
rcpt:
  deny domains = ! {domain} : ! hop.test
       message = relay not permitted
  accept
begin routers
on:
  driver = manualroute
  domains = hop.test
  transport = hop
  route_data = 127.0.0.1
  self = send
nobody:
  driver = redirect
  domains = {domain}
  local_parts = gone
  allow_fail
  data = :fail: no such mailbox here
back:
  driver = accept
  domains = {domain}
  local_parts = bounces
  local_part_suffix = +*
  local_part_suffix_optional
  transport = bounces
here:
  driver = accept
  domains = {domain}
  transport = maildir
begin transports
hop:
  driver = smtp
  port = {hop}
  allow_localhost
  hosts_try_fastopen =
bounces:
  driver = appendfile
  directory = {place}/bounces
  maildir_format
  envelope_to_add
  user = Debian-exim
  group = Debian-exim
maildir:
  driver = appendfile
  directory = {place}/mail
  maildir_format
  envelope_to_add
  user = Debian-exim
  group = Debian-exim
"""
_INSIDE = """\
set -e
mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group
exec "$2" -C "$1/exim.conf" -bdf
"""


@attrs.frozen
class Exim:
    """A running Exim."""

    host: str
    port: int
    mail: Path
    daemon: Daemon

    def delivered(self) -> list[bytes]:
        """The messages in its mailbox."""
        return [file.read_bytes() for file in (self.mail / "new").glob("*")]

    def bounces(self, *, expected: int, patience: float = 90.0) -> Path:
        """The Maildir with what came back, when so many mails are in it."""
        place = self.mail.with_name("bounces")
        end = time.monotonic() + patience
        while len(list((place / "new").glob("*"))) < expected:
            if time.monotonic() > end:
                log = (self.mail.parent / "spool" / "mainlog").read_text()
                raise AssertionError(f"no {expected} bounces:\n{log}")
            time.sleep(0.05)
        return place


@contextlib.contextmanager
def run_exim(host: str, port: int, domain: str, *, hop: int = 9) -> Iterator[Exim]:
    """Run one at this address."""
    if not _PROGRAM.exists():
        raise MissingServer(f"exim is missing: unpack its package to have {_PROGRAM}")
    if os.geteuid() != 0:
        raise MissingServer("exim needs root to run: run the tests as root")
    with folder("exim") as place:
        _lay_out(place, host, port, domain, hop)
        words = ["-", str(place), str(_PROGRAM)]
        command = ["unshare", "-m", "bash", "-c", _INSIDE, *words]
        log = place / "log"
        daemon = started(command, port=port, log=log, host=host)
        try:
            yield Exim(host, port, place / "mail", daemon)
        finally:
            daemon.stop()


def _lay_out(place: Path, host: str, port: int, domain: str, hop: int) -> None:
    certificates = Certificates.make(place / "tls")
    shutil.copy(certificates.good, place / "certificate.pem")
    (place / "certificate.pem").chmod(0o644)
    for name in ("mail", "bounces", "spool"):
        (place / name).mkdir()
        os.chown(place / name, _NUMBER, _NUMBER)
    text = _SETTINGS.format(
        program=_PROGRAM, place=place, host=host, port=port, domain=domain, hop=hop
    )
    (place / "exim.conf").write_text(text)
    account = f"{_USER}:x:{_NUMBER}:{_NUMBER}::/:/bin/false"
    _with(place / "passwd", account)
    _with(place / "group", f"{_USER}:x:{_NUMBER}:")


def _with(file: Path, line: str) -> None:
    """The machine's own file of this name, with another line."""
    lines = (Path("/etc") / file.name).read_text().splitlines()
    others = [one for one in lines if not one.startswith(f"{_USER}:")]
    file.write_text("\n".join([*others, line]) + "\n")
