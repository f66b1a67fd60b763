"""Small campaign folders for the tests of the commands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["closed_now", "make_folder"]


def make_folder(
    parent: Path, people: int = 3, *, more: str = "", text: str | None = None
) -> Path:
    """A folder with so many people, that is sent into its own outbox."""
    folder = parent / "fair"
    folder.mkdir()
    (folder / "campaign.toml").write_text(
        'name = "fair"\nsender = "The fair <fair@example.org>"\nlist = "people.csv"\n'
        + (more or 'via = "eml:outbox"\n')
    )
    rows = [f"person{number}@example.com,Pérson {number}\n" for number in range(people)]
    (folder / "people.csv").write_text("email,name\n" + "".join(rows), "utf-8")
    (folder / "subject.txt").write_text("Hello {{ name }}\n")
    (folder / "body.txt").write_text(text or "Dear {{ name }},\n\nsee you on Friday.\n")
    return folder


def closed_now() -> str:
    """Sending hours that are over: one minute of yesterday."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return f"{yesterday:%a} 00:00-00:01 UTC"
