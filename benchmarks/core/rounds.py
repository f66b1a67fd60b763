"""The rounds: who is here, who is right, and how long each takes, in turn."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from benchmarks import ROOT, letter
from benchmarks.core.question import Case, Measure, Question
from benchmarks.core.results import ABSENT, Outcome
from benchmarks.core.sinks import LAST, pinned, run_proxy, run_sink
from servers.process import MissingServer, ServerFailed

__all__ = ["Failed", "measured", "missing", "run_once", "run_proof"]

PROOF = 200
PATIENCE = 600.0

Say = Callable[[str], None]


class Failed(Exception):
    """A case did not do what it should; the text says why, for the page."""


def missing(case: Case) -> list[str]:
    """What the case needs and this machine has not."""
    return [
        name
        for name in case.needs
        if shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None
        and importlib.util.find_spec(name) is None
        and not (ROOT / ".tools/node_modules" / name).is_dir()
    ]


def run_once(
    question: Question,
    case: Case,
    messages: int,
    *,
    sink: str | None = None,
    options: tuple[str, ...] = (),
) -> Measure:
    """One run against a fresh sink, whose own count must be right."""
    kind = question.sink if sink is None else sink
    with _folder() as name:
        place = Path(name)
        if not kind:
            return _worked(question, case, messages, 0, place)
        with (
            run_sink(kind, place, *options) as taker,
            run_proxy(taker.port, question.round_trip, place) as port,
        ):
            measure = _worked(question, case, messages, port, place)
        told = taker.told()
    _check(question, case, measure.messages, messages, told)
    return measure


def _check(
    question: Question, case: Case, sent: int, messages: int, told: dict[str, Any]
) -> None:
    """The sink has taken what was asked for, and for whom."""
    for fault in told.get("faults", ()):
        raise Failed(fault)
    if not told["messages"] == sent == messages:
        raise Failed(
            f"{messages} were asked for, {sent} reported, {told['messages']} received"
        )
    if question.proof and case.parts and "recipients" in told:
        people = (letter.row(number)[0].encode() for number in range(messages))
        if told["recipients"] != sum(map(zlib.crc32, people)):
            raise Failed("others were written to than those who stand in the list")


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(
        prefix="safesend-bench-", ignore_cleanup_errors=True
    )


def _worked(
    question: Question, case: Case, messages: int, port: int, place: Path
) -> Measure:
    folder = place / "case"
    folder.mkdir()
    patience = PATIENCE * (4 if case.full else 1)
    command = [*(pinned(LAST) if case.alone else ()), sys.executable]
    command += ["-m", "benchmarks.core.worker", question.name, case.name, str(folder)]
    command += [str(messages), str(port), question.size, str(question.round_trip)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            # The keys of its ledgers go with them.
            env={**os.environ, "XDG_DATA_HOME": str(place / "data")},
            capture_output=True,
            text=True,
            check=False,
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {patience:.0f} s") from None
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(said[-1] if said else f"ended with {done.returncode}")
    return Measure(**json.loads(lines[-1]))


def _placeless(line: str) -> str:
    """Without the folders of this machine: it goes into the page."""
    return re.sub(r"(?<![\w.])/[\w.+~-]+(?:/[\w.+~-]+)+", "...", line)[:200]


def run_proof(question: Question, case: Case) -> int:
    """Send to the sink that reads: each once, to one, with a Message-ID of its own."""
    options = ("--people", f"{PROOF}", "--parts", f"{case.parts}")
    calm = attrs.evolve(question, round_trip=0.0)
    run_once(calm, case, PROOF, sink="checking", options=options)
    return PROOF


def measured(
    question: Question, rounds: int, messages: int, say: Say
) -> tuple[Outcome, ...]:
    """All cases in turn, so that a slow spell of the machine meets all of them."""
    outcomes = {case.name: _begun(question, case, say) for case in question.cases}
    for number in range(rounds):
        for case in question.cases:
            outcome = outcomes[case.name]
            if outcome.reason:
                continue
            try:
                measure = run_once(question, case, max(1, messages // case.part))
            except (Failed, MissingServer, ServerFailed) as error:
                outcomes[case.name] = _failed(outcome, str(error), say)
                continue
            outcomes[case.name] = attrs.evolve(
                outcome, rounds=(*outcome.rounds, measure)
            )
            figure = question.figure
            say(
                f"  round {number + 1}: {case.name}"
                f" {figure.of(measure):,.{figure.digits}f} {figure.unit}"
            )
    return tuple(outcomes.values())


def _begun(question: Question, case: Case, say: Say) -> Outcome:
    outcome = Outcome(case.name, case.title, case.note)
    if absent := missing(case):
        return _failed(outcome, f"{ABSENT}: {', '.join(absent)}", say)
    if not (question.proof and case.parts):
        return outcome
    try:
        return attrs.evolve(outcome, proved=run_proof(question, case))
    except (MissingServer, ServerFailed) as error:
        return _failed(outcome, str(error), say)
    except Failed as error:
        return _failed(outcome, f"fails the proof: {error}", say)


def _failed(outcome: Outcome, reason: str, say: Say) -> Outcome:
    line = _placeless(reason.splitlines()[0])
    say(f"  {outcome.name}: {line}")
    return attrs.evolve(outcome, reason=line, rounds=())
