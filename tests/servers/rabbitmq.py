"""A RabbitMQ of our own: port, data and log in one folder, and Erlang's port mapper.

Each test has a virtual host of its own; the user is guest, with the password "guest".
It takes some seconds and a hundred megabytes: a whole worker shares one. Package:
rabbitmq-server (no service need run).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from servers.process import MissingServer, ServerFailed, folder, program, started
from servers.service import Service, lasting_port

__all__ = ["RabbitMq", "run_rabbitmq"]

_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
# It takes no messages where the disk is fuller than it likes; a test has few.
_SETTINGS = "disk_free_limit.absolute = 1MB\nlog.console = true\nlog.file = false\n"
_ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2"
_MAKE = (
    'rabbit_vhost:add(<<"{0}">>, <<"guest">>),'
    "rabbit_auth_backend_internal:set_permissions("
    '<<"guest">>, <<"{0}">>, <<".*">>, <<".*">>, <<".*">>, <<"guest">>).'
)

_LED = """\
lists:all(fun(One) -> element(2, One) =:= leader orelse
  begin ra:trigger_election({element(1, One), node()}), false end
end, ets:tab2list(ra_state)).
"""


@attrs.frozen
class RabbitMq:
    """A RabbitMQ, and what may be done to it: see `Service`."""

    service: Service
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, repr=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.service.port

    def vhost(self) -> str:
        """The URL of a virtual host that nobody has used."""
        name = f"test{next(self._numbers)}"
        self.tell(_MAKE.format(name))
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{name}"

    def settle(self) -> None:
        """Put on disk what it keeps of its quorum queues themselves.

        It does so twice a second. A queue that was declared since is lost by a crash,
        its confirmed messages with it (seen with 3.10.8).
        """
        self.tell("[dets:sync(One) || One <- dets:all()].")

    def tell(self, expression: str) -> str:
        """What the broker says to an Erlang expression."""
        done = _told(expression, self.service.environment)
        if done.returncode:
            told = done.stdout + done.stderr
            raise ServerFailed(f"rabbitmqctl: {told}\n{self.service.log_tail()}")
        return done.stdout


@contextlib.contextmanager
def run_rabbitmq() -> Iterator[RabbitMq]:
    """Run a RabbitMQ with its own everything."""
    server = _PROGRAMS / "rabbitmq-server"
    if not server.exists():
        raise MissingServer(f"{server} is missing: apt-get install {server.name}")
    epmd = program("epmd", "erlang-base")
    with folder("rabbitmq") as place, contextlib.ExitStack() as stack:
        mapper, port = lasting_port(), lasting_port()
        command = [epmd, "-address", "127.0.0.1", "-port", str(mapper)]
        names = started(command, port=mapper, log=place / "epmd.log")
        stack.callback(names.stop)
        (place / "rabbitmq.conf").write_text(_SETTINGS)
        (place / "plugins").write_text("[].\n")
        (place / "environment").touch()
        surroundings = _surroundings(place, port, mapper)
        service = Service(
            [str(server)],
            port,
            place / "log",
            ready=lambda: _answers(port) and _led(surroundings),
            patience=120.0,
            environment=surroundings,
        )
        stack.callback(service.kill)  # a good end takes long, and nobody needs it
        service.start()
        yield RabbitMq(service)


def _surroundings(place: Path, port: int, mapper: int) -> dict[str, str]:
    foreign = ("RABBITMQ_", "ERL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    own = {
        "NODENAME": f"t{port}@localhost",
        "NODE_IP_ADDRESS": "127.0.0.1",
        "NODE_PORT": str(port),
        "DIST_PORT": str(lasting_port()),
        "MNESIA_BASE": str(place / "mnesia"),
        "LOG_BASE": str(place / "logs"),
        "PID_FILE": str(place / "pid"),
        "ENABLED_PLUGINS_FILE": str(place / "plugins"),
        "CONF_ENV_FILE": str(place / "environment"),
        "CONFIG_FILE": str(place / "rabbitmq.conf"),
        "ADVANCED_CONFIG_FILE": str(place / "advanced.config"),
        "SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
    }
    return {
        **kept,
        **{f"RABBITMQ_{name}": value for name, value in own.items()},
        "HOME": str(place),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _told(
    expression: str, environment: Mapping[str, str] | None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(_PROGRAMS / "rabbitmqctl"), "--quiet", "eval", expression],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def _led(environment: Mapping[str, str]) -> bool:
    """Whether every quorum queue has found its leader again; those without are told to.

    What 3.10 was told of a queue in the last moment before a crash it may forget (see
    `settle`): such a queue comes back empty, and without a leader for good.
    """
    return _told(_LED, environment).stdout.strip() == "true"


def _answers(port: int) -> bool:
    """Whether it speaks AMQP 0-9-1: its first frame is a method's."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            return line.recv(1) == b"\x01"
    except OSError:
        return False
