"""The command: measure, calculate, and fill the page in."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.core.machine import machine
from benchmarks.scale.measuring import SETTINGS, measured
from benchmarks.scale.paper import filled, tables
from benchmarks.scale.units import kept, loaded

__all__ = ["main"]

PAGE = Path("docs/explanation/ten-million.md")
FILE = Path("docs/benchmarks/scale.json")


def main(words: Sequence[str] | None = None) -> None:
    """Measure unless told to calculate only."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description="Find what a row costs in PostgreSQL, and what millions cost.",
        epilog="examples:\n  make scale\n  python -m benchmarks.scale --calculate",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=200_000, help="enrolled (200,000)")
    parser.add_argument("--messages", type=int, default=20_000, help="sent (20,000)")
    parser.add_argument("--page", type=Path, default=PAGE, help=f"({PAGE})")
    parser.add_argument("--file", type=Path, default=FILE, help=f"({FILE})")
    parser.add_argument(
        "--calculate", action="store_true", help="from the figures that are there"
    )
    asked = parser.parse_args(words)
    if not asked.calculate:
        _measure(asked)
    page = filled(asked.page.read_text("utf-8"), tables(*loaded(asked.file)))
    asked.page.write_text(page, "utf-8")
    _say(f"written: {asked.page}")


def _measure(asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="safesend-scale-") as name:
        units = measured(asked.rows, asked.messages, Path(name), _say)
    conditions = {
        "rows": f"{asked.rows:,}",
        "messages of the worker": f"{asked.messages:,}",
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        **machine(),
        "PostgreSQL": ", ".join(f"{key} = {value}" for key, value in SETTINGS.items()),
    }
    kept(asked.file, units, conditions)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
