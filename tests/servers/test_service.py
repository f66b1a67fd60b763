"""Servers that are ended, killed, frozen and started again."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.process import ServerFailed
from servers.service import Service, lasting_port, stepped_down

# Two processes answer; the second has a group of its own, as those of servers do.
SERVER = """\
import os, socket, sys
line = socket.create_server(("127.0.0.1", int(sys.argv[1])))
child = os.fork()
if not child:
    os.setsid()
print("up", flush=True)
while True:
    peer, _ = line.accept()
    peer.sendall(b"here")
    peer.close()
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Two processes that answer "here" to whoever connects."""
    port = lasting_port()
    command = [sys.executable, "-c", SERVER, str(port)]
    made = Service(command, port, tmp_path / "log")
    made.start()
    yield made
    made.mend()
    made.kill()


def _heard(port: int, seconds: float = 60) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
            return line.recv(4)
    except OSError:
        return b""


def test_a_killed_service_leaves_no_process_and_its_port_is_free(
    service: Service,
) -> None:
    """kill ends children with groups of their own too; start takes the same port."""
    assert _heard(service.port) == b"here"
    service.kill()
    assert not service.running
    socket.create_server(("127.0.0.1", service.port)).close()
    service.start()
    assert _heard(service.port) == b"here"


def test_a_frozen_service_takes_connections_and_says_nothing(service: Service) -> None:
    """What is frozen answers nobody, and goes on afterwards."""
    with service.frozen():
        assert service.running
        assert _heard(service.port, 0.3) == b""
    assert _heard(service.port) == b"here"


@pytest.mark.parametrize("harm", ["stop", "kill", "freeze", "thaw"])
def test_a_service_is_mended_whatever_was_done_to_it(
    service: Service, harm: str
) -> None:
    """mend starts what was ended and thaws what was frozen."""
    getattr(service, harm)()
    service.mend()
    assert _heard(service.port) == b"here"


def test_what_does_not_run_is_stopped_killed_and_frozen_in_vain(tmp_path: Path) -> None:
    """A service that was never started has nothing to end, and no log."""
    service = Service(["true"], lasting_port(), tmp_path / "log")
    service.stop()
    service.kill()
    service.freeze()
    assert not service.running
    assert service.log_tail() == ""


def test_a_service_that_ends_at_once_says_why(tmp_path: Path) -> None:
    """The log of what did not come up is in the error."""
    command = ["sh", "-c", "echo no such thing; exit 1"]
    service = Service(command, lasting_port(), tmp_path / "log")
    with pytest.raises(ServerFailed, match="no such thing"):
        service.start()


def test_a_lasting_port_is_never_one_of_an_outgoing_connection() -> None:
    """The system gives none of these ports to a client by itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        assert not 20000 <= probe.getsockname()[1] < 32000
    assert 20000 <= lasting_port() < 32000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")
def test_root_steps_down(tmp_path: Path) -> None:
    """A service with an owner runs as that account, with its group only."""
    shutil.chown(tmp_path, "nobody")
    command = ["sh", "-c", "id -un; id -Gn; exit 1"]
    log = tmp_path / "log"
    service = Service(command, lasting_port(), log, owner=stepped_down())
    with pytest.raises(ServerFailed):
        service.start()
    assert log.read_text().split() == ["nobody", "nogroup"]
