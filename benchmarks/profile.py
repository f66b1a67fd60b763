"""Where the microseconds of one message go: `python -m benchmarks.profile`.

py-spy looks 500 times a second at a run of the throughput benchmark (2 KB, SQLite
ledger, smtp-sink on the other core) and notes who is at work. Each look counts for the
innermost room of safesend that is there, or for what asyncio and the kernel do between
them; the shares are laid over the time that the run itself told.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from benchmarks import ROOT
from benchmarks.core.machine import machine
from benchmarks.core.question import Measure
from benchmarks.core.rounds import run_once
from benchmarks.core.sinks import LAST, pinned, run_sink
from benchmarks.questions import every_question

__all__ = ["Look", "Phase", "looks", "main", "phases", "shown"]

RATE = 500
FEW = 12
"""So many functions are named."""
LEAST = 0.005
"""A room with less of it is not named."""

_FRAME = re.compile(r"^(?P<name>.*) \((?P<file>.*?)(?::\d+)?\)$")
_ROOM = re.compile(r"safesend/(\w+)")
# The outermost file of safesend that says that nothing is sent yet.
_BEFORE = re.compile(r"safesend/(?:campaign|intake|engine/(?:mailing|enrol|rehears))")
_ROOTS = {"_run_module_as_main", "Thread._bootstrap"}
_KERNEL, _WAITING, _LOOP, _OTHER = "kernel (sockets)", "waiting", "asyncio", "other"


@attrs.frozen
class Look:
    """What was on the stack, outermost first, and how often."""

    frames: tuple[tuple[str, str], ...]
    """Names of functions and of their files."""
    times: int

    @property
    def before(self) -> bool:
        """Whether it was before the first message left."""
        ours = next((file for _, file in self.frames if "safesend/" in file), "")
        return _BEFORE.search(ours) is not None

    @property
    def place(self) -> tuple[str, str]:
        """The room that it counts for, and the function in it."""
        for depth, (name, file) in enumerate(reversed(self.frames)):
            if hit := _ROOM.search(file):
                return hit[1], f"{name}, {_below(file)}"
            if file.endswith("selectors.py"):
                return _WAITING, f"{name}, selectors.py"
            if "asyncio/" in file or "uvloop" in file:
                at_socket = depth == 0 and file.endswith("selector_events.py")
                return (_KERNEL if at_socket else _LOOP), f"{name}, {_below(file)}"
        return _OTHER, _OTHER


def _below(file: str) -> str:
    """The file from its package on: no folder of this machine."""
    found = re.search(r"(?:safesend|asyncio)/(.+)$", file)
    return found[1] if found else Path(file).name


@attrs.frozen
class Phase:
    """One part of the run: microseconds a message, by room and by function."""

    name: str
    microseconds: float
    rooms: dict[str, float]
    functions: dict[str, float]
    undisturbed: float = 0.0
    """Microseconds a message when nobody looks; 0 where that is not known."""


def looks(lines: Iterable[str]) -> Iterator[Look]:
    """What `py-spy record -f raw` has written."""
    for line in lines:
        stack, _, times = line.rstrip("\n").rpartition(" ")
        frames = [_FRAME.match(frame) for frame in stack.split(";")]
        named = tuple((hit["name"], hit["file"]) for hit in frames if hit)
        if _at_work(named):
            yield Look(named, int(times))


def _at_work(frames: Sequence[tuple[str, str]]) -> bool:
    """Whether it is a run, or a thread of one, that is whole and not still loading."""
    names = {name for name, _ in frames}
    if "_find_and_load" in names or not names & _ROOTS:
        return False
    return any("contenders/" in file or "safesend/" in file for _, file in frames)


def phases(
    seen: Sequence[Look], measure: Measure, plain: Measure | None = None
) -> tuple[Phase, Phase]:
    """Sending, and what comes before it, with the times that the run told.

    `plain`: the same run without the profiler, which takes its share of both.
    """
    sending = [look for look in seen if not look.before]
    before = [look for look in seen if look.before]
    whole = _times(measure)
    alone = (0.0, 0.0) if plain is None else _times(plain)
    return (
        _phase("sending", sending, whole[0], alone[0]),
        _phase("before sending", before, whole[1], alone[1]),
    )


def _times(measure: Measure) -> tuple[float, float]:
    """Microseconds a message, of sending and before."""
    each = 1e6 / measure.messages
    return measure.seconds * each, measure.extra["before"] * each


def _phase(
    name: str, seen: Sequence[Look], microseconds: float, undisturbed: float
) -> Phase:
    rooms: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for look in seen:
        room, function = look.place
        rooms[room] += look.times
        functions[f"{room}: {function}"] += look.times
    share = microseconds / max(1, rooms.total())
    return Phase(
        name,
        microseconds,
        {room: times * share for room, times in rooms.most_common()},
        {what: times * share for what, times in functions.most_common(FEW)},
        undisturbed,
    )


def shown(found: Sequence[Phase], conditions: dict[str, str]) -> str:
    """The page."""
    lines = [_TOP]
    for phase in found:
        lines += [f"## {phase.name.capitalize()}", ""]
        lines += [_whole(phase), ""]
        lines += [*_table("room", phase.rooms), "", "The dearest functions in it:", ""]
        lines += [*_table("function", phase.functions), ""]
    lines += ["## Conditions", ""]
    lines += [f"- {what}: {value}" for what, value in conditions.items()]
    return "\n".join(lines) + "\n"


def _whole(phase: Phase) -> str:
    told = f"{phase.microseconds:.1f} us a message"
    if not phase.undisturbed:
        return f"{told}."
    return f"{told}; {phase.undisturbed:.1f} us in the same run without the profiler."


def _table(title: str, rows: dict[str, float]) -> list[str]:
    whole = sum(rows.values()) or 1.0
    lines = [f"| {title} | us a message | share |", "| --- | ---: | ---: |"]
    if title == "function":
        lines = [f"| {title} | us a message |", "| --- | ---: |"]
        return lines + [f"| `{what}` | {one:.1f} |" for what, one in rows.items()]
    return lines + [
        f"| {what} | {one:.1f} | {one / whole:.0%} |"
        for what, one in rows.items()
        if one / whole >= LEAST
    ]


_TOP = """\
# Where the microseconds of one message go

Written by the command below, and by nothing else. A look at the running program,
500 times a second, counts for the innermost room of safesend that is at work; the
standard library counts for the room that called it. `asyncio` is its loop, the kernel
is what reading from and writing to sockets takes, waiting is for the sink or the disk.
Looking slows a run down: where the figure without the profiler stands beside, believe
that one, and of the others the shares.

<!-- no-run: needs a machine of one's own for half a minute -->
```console
$ make profile
```
"""


def main(words: Sequence[str] | None = None) -> None:
    """Record, sort, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile",
        description="Find where the microseconds of one message go.",
        epilog="example:\n  make profile ARGS='--messages 10000 --out out'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--case", default="safesend", help="of throughput (safesend)")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    asked = parser.parse_args(words)
    plain = _alone(asked.case, asked.messages)
    measure, lines = _recorded(asked.case, asked.messages)
    found = phases(list(looks(lines)), measure, plain)
    conditions = {
        "messages": f"{asked.messages:,}",
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        **machine(),
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    page, file = asked.out / "profile.md", asked.out / "profile.json"
    page.write_text(shown(found, conditions), "utf-8")
    told = {"conditions": conditions, "phases": [attrs.asdict(one) for one in found]}
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(f"written: {page}", file=sys.stderr)


def _alone(case: str, messages: int) -> Measure:
    """The same run, at which nobody looks."""
    question = every_question()["throughput"]
    return run_once(question, question.case(case), messages)


def _recorded(case: str, messages: int) -> tuple[Measure, list[str]]:
    spy = Path(sys.executable).with_name("py-spy")
    program = str(spy) if spy.exists() else shutil.which("py-spy")
    if program is None:
        raise SystemExit("py-spy is missing: make profile installs it")
    with tempfile.TemporaryDirectory(prefix="safesend-profile-") as name:
        raw, folder = Path(name, "raw"), Path(name, "case")
        folder.mkdir()
        with run_sink("smtp-sink", Path(name)) as sink:
            worker = [sys.executable, "-m", "benchmarks.core.worker", "throughput"]
            worker += [case, str(folder), str(messages), str(sink.port), "2k", "0"]
            command = [program, "record", "-r", str(RATE), "-f", "raw"]
            done = subprocess.run(
                [*command, "-o", str(raw), "--", *pinned(LAST), *worker],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        told = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if not told or not raw.exists():
            raise SystemExit(f"py-spy could not look: {done.stderr[-300:]}")
        return Measure(**json.loads(told[-1])), raw.read_text("utf-8").splitlines()


if __name__ == "__main__":
    main()
