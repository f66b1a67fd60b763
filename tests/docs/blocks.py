"""Turns a page of the manual into a program with the same line numbers, and runs it.

Every ```python block runs, in order, in one namespace; a ```console block runs each
line that begins with "$ " in a shell and compares what is printed; a ```bash block
runs as it is. "..." in what is shown stands for anything. A comment of the form
"<!-- no-run: reason -->" on the line before a block leaves it out, and
"<!-- output -->" before a ```text block says that it is what the Python block above
it printed. Any block after "<!-- file: NAME -->" is written to that file. What a
console block exports ("$ export NAME=...") holds for the rest of the page. A page with
"<!-- needs: postgres -->" has a PostgreSQL, which answers to every name; on one with
"<!-- needs: dns -->" 'safesend preflight' asks a nameserver that knows EXAMPLES.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Block", "Page", "blocks_of", "matches", "needs_of", "program_of"]

_FENCE = re.compile(r"^```(\w*)\s*$")
_NOTE = re.compile(r"^<!-- (no-run|output|file)(?:: (.+?))? -->$")
_NEEDS = re.compile(r"^<!-- needs: (\w+) -->$", re.MULTILINE)
_EXPORT = re.compile(r"export (\w+)=")
_RUN = {"python", "console", "bash"}
_PATIENCE = 600
# What a command says of itself while it takes longer than usual.
_PROGRESS = re.compile(
    r"^(?:reading the list|composing and checking), [0-9,]+ so far\n", re.MULTILINE
)


class Block:
    """A fenced block: its language, its note, the line of its fence and its lines."""

    def __init__(self, language: str, note: tuple[str, str], start: int) -> None:
        self.language = language
        self.note, self.argument = note
        self.start = start
        self.lines: list[str] = []

    @property
    def runs(self) -> bool:
        """Whether the runner has anything to do with it."""
        if self.note == "no-run":
            return False
        return self.language in _RUN or self.note in {"output", "file"}


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    inside: Block | None = None
    note = ("", "")
    for number, line in enumerate(text.splitlines(), 1):
        if inside is not None:
            if line == "```":
                inside = None
            else:
                inside.lines.append(line)
        elif hit := _FENCE.match(line):
            inside = Block(hit[1], note, number)
            found.append(inside)
            note = ("", "")
        elif line.strip():
            hit = _NOTE.match(line)
            note = (hit[1], hit[2] or "") if hit else ("", "")
    return found


def needs_of(text: str) -> set[str]:
    """The servers that a page needs."""
    return set(_NEEDS.findall(text))


def program_of(text: str) -> str:
    """The page as a Python program: each line of code keeps its number."""
    program = [""] * (len(text.splitlines()) + 1)
    program[0] = "from blocks import Page; page = Page(__file__)"
    for block in blocks_of(text):
        if not block.runs:
            continue
        if block.language == "python" and block.note != "file":
            program[block.start : block.start + len(block.lines)] = block.lines
            end = block.start + len(block.lines)
            program[block.start - 1] = program[block.start - 1] or "page.listen()"
            program[end] = "page.hear()"
        else:
            program[block.start - 1] = f"page.act({block.start})"
    return "\n".join(program) + "\n"


def matches(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows, "..." standing for anything.

    Spaces at line ends and runs of spaces do not count.
    """
    wanted, got = _folded(shown), _folded(printed)
    pieces = re.split(r" *\.\.\. *", wanted)
    pattern = ".*?".join(map(re.escape, pieces))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def _folded(text: str) -> str:
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


class Page:
    """A page that runs: what its program calls between its own lines."""

    def __init__(self, file: str) -> None:
        text = Path(file).with_suffix(".md").read_text("utf-8")
        self._blocks = {block.start: block for block in blocks_of(text)}
        self._printed = io.StringIO()

    def listen(self) -> None:
        """From here on, keep what is printed."""
        sys.stdout = self._printed = io.StringIO()

    def hear(self) -> None:
        """Stop keeping it."""
        sys.stdout = sys.__stdout__

    def act(self, start: int) -> None:
        """Do what the block at this line asks for."""
        block = self._blocks[start]
        text = "\n".join(block.lines) + "\n"
        if block.note == "file":
            Path(block.argument).write_text(text, "utf-8")
        elif block.note == "output":
            self._compare(start, text, self._printed.getvalue())
        elif block.language == "bash":
            self._shell(start, text)
        else:
            for line, command, shown in _commands(block):
                if hit := _EXPORT.match(command):
                    told = f'{command}\nprintf %s "${hit[1]}"'
                    os.environ[hit[1]] = self._shell(line, told)
                else:
                    self._compare(line, shown, self._shell(line, command))

    def _shell(self, line: int, command: str) -> str:
        """Run a command; one that ends with a comment "exit N" must end so."""
        expected = re.search(r"# exit (\d+)$", command.strip())
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        code = int(expected[1]) if expected else 0
        if done.returncode != code:
            sys.exit(
                f"line {line}: {command}\nended with {done.returncode}:\n{done.stdout}"
            )
        return done.stdout

    def _compare(self, line: int, shown: str, printed: str) -> None:
        printed = _PROGRESS.sub("", printed)
        if shown.strip() and not matches(shown, printed):
            sys.exit(f"line {line}: the page shows\n{shown}\nbut this came:\n{printed}")


def _commands(block: Block) -> Iterator[tuple[int, str, str]]:
    """The commands of a console block with their line and the output shown."""
    command, shown, at = "", [], block.start
    for number, line in enumerate(block.lines, block.start + 1):
        if line.startswith("$ "):
            if command:
                yield at, command, "\n".join(shown)
            command, shown, at = line[2:], [], number
        else:
            shown.append(line)
    if command:
        yield at, command, "\n".join(shown)
