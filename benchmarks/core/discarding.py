"""A whole Postfix that takes each message to its disk, and then drops it.

Configuration, queue and log lie in one folder; nothing leaves the machine. Its master
needs root. Package: postfix (no service need run).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from servers.process import MissingServer, free_port, program, started

__all__ = ["run_discarding"]

_MAIN = """\
compatibility_level = 3.6
queue_directory = {place}/spool
data_directory = {place}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {place}/log/maillog
maillog_file_prefixes = {place}/log
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
relay_domains = example.org
relay_transport = discard:
default_transport = error:nothing leaves this host
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_count_limit = 100
message_size_limit = 10240000
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def run_discarding(place: Path, before: list[str]) -> Iterator[tuple[int, Path]]:
    """Run it, with some words before its command; gives its port and its log."""
    master = program("master", "postfix")
    if os.geteuid() != 0:
        raise MissingServer("postfix needs root to run")
    port, log = free_port(), place / "log" / "maillog"
    _lay_out(place, port, Path(master).parent)
    daemon = started(
        [*before, master, "-c", str(place / "etc"), "-d"], port=port, log=log
    )
    try:
        yield port, log
    finally:
        daemon.stop()


def _lay_out(place: Path, port: int, daemons: Path) -> None:
    for name in "etc", "spool", "data", "log":
        (place / name).mkdir(parents=True)
    # Its parts run as another user, and walk in from the top.
    place.parent.chmod(0o755)
    shutil.chown(place / "data", "postfix")
    etc = place / "etc"
    (etc / "main.cf").write_text(_MAIN.format(place=place, daemons=daemons))
    (etc / "master.cf").write_text(_MASTER.format(port=port))
    # Postfix reads files that changed in the last seconds again and again.
    minute_ago = time.time() - 60
    for file in etc.iterdir():
        os.utime(file, (minute_ago, minute_ago))
    check = [program("postfix", "postfix"), "-c", str(etc), "check"]
    subprocess.run(check, check=True, capture_output=True)
