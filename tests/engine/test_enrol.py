"""Every row of a list is checked and enrolled, or none is."""

import sqlite3
from contextlib import closing

import pytest

from engine.fleet import inspector, people, plan
from safesend import Recipient
from safesend.engine.audience import audience_of
from safesend.engine.enrol import Enrolment, Guards, walk
from safesend.engine.events import Gathering, Rehearsed
from safesend.engine.grouping import Grouping
from safesend.engine.prepare import Findings
from safesend.errors import AudienceError, ConfigurationError
from safesend.intake import read_csv
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.policies.providers import builtin


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(str(tmp_path / "x.db"))
    yield opened
    opened.close()


def _enrol(
    ledger,
    audience,
    *,
    name="test",
    guards=None,
    tell=lambda _: None,
    stopped=None,
    **more,
):
    mailing = plan(audience, name=name)
    record = ledger.campaign(name, 0.0)
    Enrolment(
        ledger=ledger,
        record=record,
        preparer=mailing.preparer(ledger.secret),
        inspector=inspector(mailing, gathered=False),
        guards=guards or Guards(),
        now=1.0,
        tell=tell,
        stopped=stopped or (lambda: False),
        **more,
    ).enrol(audience)
    return record.id


def _walk(mailing, audience, findings):
    return walk(
        audience,
        mailing.preparer(b"k" * 32),
        inspector(mailing),
        guards=mailing.guards,
        date=0.0,
        findings=findings,
    )


def test_a_good_list_is_waiting(ledger):
    """
    Every row of it, in one step.
    """
    told = []
    campaign = _enrol(ledger, people(1200), tell=told.append)
    assert ledger.counts(campaign) == {State.WAITING: 1200}
    assert told[:3] == [Gathering(0), Gathering(500), Gathering(1000)]
    assert told[-1] == Rehearsed(1200, 1200)


def test_a_row_is_enrolled_under_its_provider(ledger, tmp_path):
    """
    One name for all domains of a provider; a domain of nobody known is its own.
    """
    audience = [
        Recipient("a@gmail.com", name="A"),
        Recipient("b@googlemail.com", name="B"),
        Recipient("c@Example.org", name="C"),
        Recipient("d@schools.example", name="D"),
    ]
    ours = Grouping(builtin().extended({"council": ["schools.example"]}))
    _enrol(ledger, audience, grouping=ours)
    _enrol(ledger, audience, name="other")

    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        rows = database.execute("SELECT campaign, provider FROM delivery ORDER BY id")
        providers = [provider for _, provider in rows]
    assert providers[:4] == ["google", "google", "example.org", "council"]
    assert providers[4:] == ["google", "google", "example.org", "schools.example"]


def test_a_bad_list_leaves_the_ledger_as_it_was(ledger):
    """
    Not even the rows before the bad one are there.
    """
    campaign = _enrol(ledger, people(2))
    bad = [*people(700), *people(1)]
    with pytest.raises(AudienceError, match="recipient 1"):
        _enrol(ledger, bad, guards=Guards(confirm_changes=True))
    assert ledger.counts(campaign) == {State.WAITING: 2}


def test_an_interruption_leaves_the_ledger_as_it_was(ledger):
    """
    Ctrl-C during the rehearsal.
    """
    with pytest.raises(InterruptedError):
        _enrol(ledger, people(10), stopped=lambda: True)
    [record] = ledger.campaigns()
    assert sum(ledger.counts(record.id).values()) == 0


def test_the_problems_of_a_table_come_at_its_end(tmp_path):
    """
    Beside what the messages themselves have.
    """
    file = tmp_path / "l.csv"
    file.write_text("email,name\na@example.org,A\nnobody,B\nc@example.org,C\n")
    findings = Findings()
    mailing = plan(read_csv(file))
    rows = list(_walk(mailing, mailing.audience, findings))
    assert [row.recipient.address.local for row in rows] == ["a", "c"]
    assert [problem.line for problem in findings.problems] == [3]
    assert findings.total == 1


def test_the_limit_is_met_before_the_list_is_read_to_its_end():
    """
    A list of a million where a thousand were meant costs a thousand rows.
    """
    walked = []

    def endless():
        for recipient in people(1000):
            walked.append(recipient)
            yield recipient

    mailing = plan(people(1), guards=Guards(max_recipients=10))
    with pytest.raises(ConfigurationError, match="max_recipients=10"):
        list(_walk(mailing, endless(), Findings()))
    assert len(walked) == 11
    assert len(list(audience_of(people(100)).circle(10))) == 11
