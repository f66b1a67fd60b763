"""The runner runs those who are here, in turn, and says of others why not."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest
from benchmarks import ROOT
from benchmarks.core import run
from benchmarks.core.question import Question
from benchmarks.core.results import Answer, Outcome, kept, loaded
from benchmarks.core.rounds import Failed, measured, run_once, run_proof
from benchmarks.core.sinks import run_proxy, run_sink
from benchmarks.questions import every_question

from servers.fixtures import or_skip
from servers.process import program

QUESTION = every_question()["throughput"]
HERE = ("safesend", "safesend-memory", "smtplib", "aiosmtplib-10", "django", "redmail")


def _only(*names: str, **changes: object) -> Question:
    cases = tuple(QUESTION.case(name) for name in names)
    return attrs.evolve(QUESTION, cases=cases, **changes)


@pytest.fixture(scope="module", autouse=True)
def _postfix_is_here() -> None:
    with or_skip():
        program("smtp-sink", "postfix")


@pytest.mark.server
@pytest.mark.parametrize("name", [*HERE, "smtp-source", "smtplib-each", "django-mass"])
def test_each_sender_sends_as_many_as_it_should(name: str) -> None:
    """The sink's own count is what is asked for, or the run fails."""
    measure = run_once(QUESTION, QUESTION.case(name), 20)
    assert measure.messages == 20
    assert measure.seconds > 0
    assert measure.extra["peak_mb"] > 0


@pytest.mark.parametrize("name", HERE)
def test_each_sender_does_the_same_work(name: str) -> None:
    """A sink reads what they send, and finds nothing wrong."""
    assert run_proof(QUESTION, QUESTION.case(name)) == 200


def test_who_shows_less_fails_the_proof() -> None:
    """Django's mass mail has no HTML; where both parts are asked for, it is out."""
    both = attrs.evolve(QUESTION.case("django-mass"), parts=2)
    with pytest.raises(Failed, match="its parts are text/plain"):
        run_proof(QUESTION, both)


@pytest.mark.server
def test_cases_are_run_in_turn() -> None:
    """A slow spell of the machine meets all of them."""
    said: list[str] = []
    question = _only("smtp-source", "smtplib", proof=False)
    outcomes = measured(question, 2, 40, said.append)
    assert [line.split(":")[1].split()[0] for line in said] == [
        "smtp-source",
        "smtplib",
    ] * 2
    assert [one.rounds[0].messages for one in outcomes] == [40, 2]


@pytest.mark.server
def test_who_is_not_here_is_named_and_passed_over() -> None:
    """The others are measured all the same."""
    absent = attrs.evolve(QUESTION.case("smtplib"), needs=("no_such_package",))
    question = _only("smtp-source", proof=False)
    question = attrs.evolve(question, cases=(absent, *question.cases))
    first, second = measured(question, 1, 20, lambda _line: None)
    assert first.reason == "not here: no_such_package"
    assert first.rounds == ()
    assert len(second.rounds) == 1


def test_a_sender_that_ends_badly_has_a_reason_without_folders() -> None:
    """What goes into the page names no folder of this machine."""
    lost = attrs.evolve(QUESTION.case("smtplib"), name="lost")
    question = attrs.evolve(_only(proof=False, sink=""), cases=(lost,))
    [outcome] = measured(question, 2, 5, lambda _line: None)
    assert outcome.rounds == ()
    assert outcome.reason == "StopIteration"
    unserved = _only("smtplib", proof=False, sink="")
    [outcome] = measured(unserved, 2, 5, lambda _line: None)
    assert "refused" in outcome.reason.lower()
    assert str(ROOT) not in outcome.reason


@pytest.mark.server
@pytest.mark.parametrize("name", ["throughput-20k", "throughput-postfix", "limit"])
def test_every_sink_takes_what_safesend_sends(name: str) -> None:
    """Our own, and a whole Postfix that drops what it has on its disk."""
    question = every_question()[name]
    with or_skip():
        measure = run_once(question, question.case("safesend"), 20)
    assert measure.messages == 20


def test_a_proxy_holds_octets_up_both_ways(tmp_path: Path) -> None:
    """From the question to the answer it takes at least the round trip."""
    with (
        run_sink("fast", tmp_path) as sink,
        run_proxy(sink.port, 0.1, tmp_path) as way,
        smtplib.SMTP("127.0.0.1", way, local_hostname="localhost") as client,
    ):
        client.noop()
        begin = time.perf_counter()
        client.noop()
        assert time.perf_counter() - begin >= 0.09


def test_the_questions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Their names are what the command takes."""
    run.main(["--list"])
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == list(every_question())


def test_a_question_that_nobody_asks_is_refused() -> None:
    """A misspelt name ends the run before anything is measured."""
    with pytest.raises(SystemExit, match="no such question: speeed"):
        run.main(["speeed"])


@pytest.mark.server
def test_a_run_writes_the_page_and_keeps_other_answers(tmp_path: Path) -> None:
    """By one command: measured, JSON, page; a second one adds its question."""
    older = Answer("throughput-20k", (Outcome("smtplib", "smtplib", reason="lost"),))
    kept({"throughput-20k": older}, tmp_path / "results.json")
    words = ["limit", "--rounds", "1", "--messages", "20", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "refused before measuring: a leak planted in the letter" in done.stderr
    answers = loaded(tmp_path / "results.json")
    assert set(answers) == {"limit", "throughput-20k"}
    assert answers["throughput-20k"] == older
    text = (tmp_path / "index.md").read_text("utf-8")
    assert "## Our own limit" in text
    assert "| safesend, SQLite ledger |" in text
    assert str(tmp_path) not in text
    assert str(ROOT) not in text


def test_the_examples_of_the_help_name_questions() -> None:
    """
    What stands there can be typed.
    """
    named = set(re.findall(r"(?:-m benchmarks|ARGS=\")((?: ?[\w-]+)*)", run.EPILOG))
    words = {word for one in named for word in one.split() if word[:2] != "--"}
    assert {"throughput", "audience"} <= words
    assert words <= {*every_question(), "out"}
