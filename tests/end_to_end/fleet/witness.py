"""How late a machine is that runs tests: what may be put down to it, and not to us."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

__all__ = ["Witness"]

_MOMENT = 0.05


class Witness(threading.Thread):
    """Sleeps for a moment again and again, and notes by how much it was late."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.late = 0.0
        """The longest, in seconds."""
        self._over = threading.Event()

    def run(self) -> None:
        """Until the block ends."""
        while not self._over.is_set():
            began = time.monotonic()
            time.sleep(_MOMENT)
            self.late = max(self.late, time.monotonic() - began - _MOMENT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()
