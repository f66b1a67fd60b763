"""The lists of this world: files, queries, iterables that can be walked again."""

from safesend.intake.csv import read_csv
from safesend.intake.jsonl import read_jsonl
from safesend.intake.parquet import read_parquet
from safesend.intake.query import read_query
from safesend.intake.spool import checked, replayable
from safesend.intake.table import TableAudience

__all__ = [
    "TableAudience",
    "checked",
    "read_csv",
    "read_jsonl",
    "read_parquet",
    "read_query",
    "replayable",
]
