"""What is wrong with a list: the first thousand problems kept, all of them counted."""

from __future__ import annotations

import attrs

from safesend.errors import AudienceError, Problem

__all__ = ["Book"]

_KEPT = 1_000


@attrs.define
class Book:
    """The problems of one pass over one file, and how many rows they cost."""

    file: str
    problems: list[Problem] = attrs.field(factory=list)
    total: int = 0
    rows: int = 0

    def reject(self, line: int, *findings: tuple[str, str]) -> None:
        """A row that cannot be used, with (column, reason) for each thing wrong."""
        self.rows += 1
        self.total += len(findings)
        room = _KEPT - len(self.problems)
        for column, reason in findings[:room]:
            self.problems.append(Problem(self.file, line, column, reason))

    def fatal(self, line: int, column: str, reason: str) -> AudienceError:
        """The error of a list that cannot be read on, after all found before."""
        self.reject(line, (column, reason))
        return self.error()

    def error(self) -> AudienceError:
        """The error that says all of it."""
        return AudienceError(self.problems, self.total)
