"""The lists of this world: files of rows, and iterables that can be walked again."""

from safesend.intake.csv import read_csv
from safesend.intake.jsonl import read_jsonl
from safesend.intake.spool import checked, replayable
from safesend.intake.table import TableAudience

__all__ = ["TableAudience", "checked", "read_csv", "read_jsonl", "replayable"]
