"""Runs pytest under the guard, on small programs that send mail."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import attrs
import pytest

__all__ = ["Run", "Told", "guarded", "line_of"]

_TELL = """
import json

workers = []

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        workers.append(config)

def pytest_runtest_logreport(report):
    if workers:
        return  # the first process is told of it as well
    with open("told.jsonl", "a", encoding="utf-8") as file:
        json.dump(
            {
                "test": report.nodeid.rpartition("::")[2],
                "when": report.when,
                "outcome": report.outcome,
                "text": report.longreprtext,
                "sections": dict(report.sections),
            },
            file,
        )
        file.write("\\n")
"""
_SECTION = "mail that shows people to one another"


@attrs.frozen
class Told:
    """How a test ended: where it failed, with what text, and what stood beside it."""

    outcome: str
    when: str = "call"
    text: str = ""
    beside: str = ""


@attrs.frozen
class Run:
    """A run of pytest in a process of its own."""

    output: str
    tests: dict[str, Told]

    @property
    def failed(self) -> set[str]:
        return {name for name, told in self.tests.items() if told.outcome == "failed"}


def guarded(
    pytester: pytest.Pytester, *options: str, guard: bool = True, **files: str
) -> Run:
    """Write the files, run the tests in them under the guard, read the reports."""
    pytester.makepyfile(tell=_TELL)
    for name, text in files.items():
        pytester.path.joinpath(f"{name}.py").write_text(dedent(text), "utf-8")
    chosen = ["--safesend-guard"] if guard else []
    result = pytester.runpytest_subprocess(
        "-p", "tell", "-p", "no:cacheprovider", "--strict-markers", *chosen, *options
    )
    return Run("\n".join(result.outlines + result.errlines), _read(pytester.path))


def _read(folder: Path) -> dict[str, Told]:
    found: dict[str, Told] = {}
    file = folder / "told.jsonl"
    for line in file.read_text("utf-8").splitlines() if file.exists() else ():
        one = json.loads(line)
        if one["when"] == "call" or one["outcome"] != "passed":
            found[one["test"]] = Told(
                one["outcome"],
                one["when"],
                one["text"],
                one["sections"].get(_SECTION, ""),
            )
    return found


def line_of(text: str, mark: str) -> int:
    """The number of the line of a program that ends with a comment."""
    lines = dedent(text).splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))
