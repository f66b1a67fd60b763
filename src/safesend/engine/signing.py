"""Drafts -> signed drafts, in threads: RSA takes longer than all the rest together.

`cryptography` lets go of the interpreter's lock while it signs, and `hashlib` while it
hashes, so that every core works, and the sessions go on meanwhile. Ed25519 takes less
than a change of threads does: what has no files is signed where it is made then.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import attrs

from safesend.engine.making import Draft
from safesend.message.compose import sign

__all__ = ["Part", "Signers"]

_PART = 16
"""Drafts that a thread signs in one go: some 10 ms with RSA of 2048 bits."""

Part: TypeAlias = "asyncio.Future[list[Draft]]"
"""What comes signed out of a thread."""


def _pool() -> ThreadPoolExecutor:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone knows it
    cores = len(affinity(0)) if affinity else os.cpu_count()
    return ThreadPoolExecutor(cores, thread_name_prefix="safesend-dkim")


@attrs.frozen
class Signers:
    """One thread for each core that this process may use; none before it is needed."""

    _threads: ThreadPoolExecutor = attrs.field(factory=_pool)

    def begin(self, drafts: Iterable[Draft]) -> list[Part]:
        """Have them signed; the parts are those of the drafts, in their order."""
        loop, left = asyncio.get_running_loop(), iter(drafts)
        parts = iter(lambda: list(itertools.islice(left, _PART)), [])
        return [loop.run_in_executor(self._threads, _signed, part) for part in parts]

    @staticmethod
    async def drop(parts: Sequence[Part]) -> None:
        """Wait for what is being signed, and begin no more."""
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)


def _signed(drafts: list[Draft]) -> list[Draft]:
    return [Draft(row, sign(composed)) for row, composed in drafts]
