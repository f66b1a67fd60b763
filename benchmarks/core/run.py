"""The command: which questions, how many rounds, where the page goes."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contenders.hostile import refused
from benchmarks.core import page
from benchmarks.core.machine import commit, machine, versions
from benchmarks.core.question import Question
from benchmarks.core.results import Answer, kept, loaded, merged
from benchmarks.core.rounds import measured
from benchmarks.questions import every_question

__all__ = ["EPILOG", "main"]

QUICK = 10
"""With --quick one message in so many, and one round."""

PAGE, QUICKLY = Path("docs/benchmarks"), Path("build/benchmarks")
"""A quick run is no measure, and replaces none."""

EPILOG = """\
examples:
  python -m benchmarks --list
  python -m benchmarks throughput --quick --out out
  make bench ARGS="throughput audience"
"""


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked and write the page."""
    questions = every_question()
    asked = _parser().parse_args(words)
    if asked.list:
        for question in questions.values():
            print(f"{question.name:24} {question.title}")
        return
    if strange := [name for name in asked.questions if name not in questions]:
        raise SystemExit(f"no such question: {', '.join(strange)}; see --list")
    needs = {
        name for one in questions.values() for case in one.cases for name in case.needs
    }
    chosen = [questions[name] for name in asked.questions or questions]
    with tempfile.TemporaryDirectory(prefix="safesend-bench-") as place:
        _say(f"refused before measuring: {', '.join(refused(Path(place)))}")
    out = asked.out or (QUICKLY if asked.quick else PAGE)
    out.mkdir(parents=True, exist_ok=True)
    file, source = out / "results.json", commit()
    answers = loaded(file)
    for question in chosen:
        asked_of = question if asked.full else question.ordinary()
        answer = _asked(asked_of, asked, versions(needs), source)
        names = [case.name for case in question.cases]
        answers[question.name] = merged(answer, answers.get(question.name), names)
        kept(answers, file)
    page.written(out, questions, answers)
    _say(f"written: {out}")


def _asked(
    question: Question, asked: argparse.Namespace, known: dict[str, str], source: str
) -> Answer:
    rounds = 1 if asked.quick else asked.rounds
    if question.rounds:
        rounds = min(rounds, question.rounds)
    messages = asked.messages or question.messages // (QUICK if asked.quick else 1)
    _say(f"{question.name}: {messages} messages, {rounds} rounds")
    begin = time.perf_counter()
    outcomes = measured(question, rounds, max(1, messages), _say)
    _say(f"  {time.perf_counter() - begin:.0f} s")
    return Answer(
        question=question.name,
        outcomes=outcomes,
        date=f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        command=_command(asked),
        machine=machine(),
        versions=known,
        commit=source,
    )


def _command(asked: argparse.Namespace) -> str:
    """As it can be typed again, anywhere."""
    words = ["python -m benchmarks", *asked.questions, f"--rounds {asked.rounds}"]
    if asked.messages:
        words.append(f"--messages {asked.messages}")
    if asked.quick:
        words.append("--quick")
    if asked.full:
        words.append("--full")
    return " ".join(words)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Ask how fast everybody is, and write the page.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "questions",
        nargs="*",
        metavar="QUESTION",
        help="all of them when none is named",
    )
    add("--rounds", type=int, default=5, help="rounds of each question (5)")
    add("--messages", type=int, help="messages of the fastest case, for all questions")
    add(
        "--quick", action="store_true", help="one round of a tenth: to see that it runs"
    )
    add("--full", action="store_true", help="with the cases that take minutes")
    add("--list", action="store_true", help="name the questions and do nothing")
    where = f"folder of the page ({PAGE}; {QUICKLY} with --quick)"
    add("--out", type=Path, help=where)
    return parser
