"""A process that helps with the run of another one.

Its order comes over standard input, which stays open as long as it is wanted: closed,
on purpose or by the death of the other process, it says stop. What it tells goes out
over standard output.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import IO

from safesend.engine.stop import Stop
from safesend.errors import SafesendError
from safesend.fleet.order import Order
from safesend.fleet.pump import pump
from safesend.fleet.telling import Over, Teller
from safesend.redaction import mask_text

__all__ = ["help_out", "main"]


def main() -> None:
    """Help, until it is over."""
    # A terminal says it to all its processes; this one is told by the first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    words = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever prints must not get between the words.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: stop.ask("told to stop"))
    help_out(sys.stdin.buffer, words, stop)


def help_out(orders: IO[bytes], words: IO[bytes], stop: Stop) -> None:
    """Do as the order says, and tell."""
    order = Order.read(orders.readline())
    listening = threading.Thread(target=_listen, args=(orders, stop), daemon=True)
    listening.start()
    teller = Teller(words)
    try:
        pump(
            order.ledger,
            order.campaign,
            secrets=order.secrets,
            seconds=order.seconds,
            lanes=order.lanes,
            on_event=teller,
            stop=stop,
        )
    except SafesendError as error:
        teller.say(Over(trouble=mask_text(str(error))))
    except BrokenPipeError:
        return  # nobody is there to be told; what was sent is recorded
    else:
        teller.say(Over())


def _listen(orders: IO[bytes], stop: Stop) -> None:
    while orders.read(1):
        pass
    stop.ask("the run is over")
