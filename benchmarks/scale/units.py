"""What one row or one message costs, as it was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

__all__ = ["Units", "kept", "loaded"]


@attrs.frozen(kw_only=True)
class Units:
    """Costs of a PostgreSQL ledger. Octets and microseconds are those of one row."""

    rows: int
    """Of the campaign by which the ledger was measured."""
    batch: int
    """Rows of one claim and of one record."""
    table: float
    indexes: dict[str, float]
    """While they wait."""
    table_sent: float
    indexes_sent: dict[str, float]
    """After all were sent, before a vacuum."""
    processor: dict[str, float]
    """Of the server and of whoever asks it together, by what was done."""
    wal: dict[str, float]
    """Octets in the log, by what was done."""
    milliseconds: dict[str, float]
    """Of one call for a batch."""
    rates: dict[str, float]
    """Rows a second: enrolled by one process, and claimed and recorded by several."""
    messages: int
    """Of the mailing by which a worker was measured."""
    worker_cpu: float
    server_cpu: float
    """Of PostgreSQL, for a message of a worker."""
    connections: int
    """To PostgreSQL, of one worker."""
    list_rows: int
    list_cpu: float
    list_server_cpu: float
    """To read, check and enrol a row."""
    list_base: float
    list_growth: float
    """Octets in memory of that process: without a row, and for each."""


def kept(file: Path, units: Units, conditions: dict[str, str]) -> None:
    """Write them down."""
    told = {"conditions": conditions, "units": attrs.asdict(units)}
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def loaded(file: Path) -> tuple[Units, dict[str, str]]:
    """What was written down."""
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return Units(**told["units"]), told["conditions"]
