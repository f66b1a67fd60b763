import re
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, suppress

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ledger.scenes import assert_consistent, change, everything_on_disk, look
from safesend.errors import ConfigurationError, LedgerError, LedgerKeyError
from safesend.ledger import open_ledger
from safesend.ledger.base import (
    FINAL_STATES,
    Allowance,
    Control,
    NewRow,
    Result,
    Shares,
    State,
)
from safesend.ledger.flow import Flow
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.progress import RECOVERED
from safesend.ledger.queries import migrations
from safesend.ledger.replies import RECORDABLE
from safesend.policies import Pilot
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
)

AEAD = "cryptography.hazmat.primitives.ciphers.aead"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "mailing").mkdir()
    return tmp_path / "mailing" / "a.db"


@pytest.fixture
def bare(monkeypatch):
    """A machine without the package `cryptography`."""
    monkeypatch.setitem(sys.modules, AEAD, None)


def people(count):
    return [
        NewRow(
            digest(n), digest(n), "example.org", b"person%d@example.org " % n + b"x" * n
        )
        for n in range(count)
    ]


def enrolled(ledger, rows):
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, rows)
    ledger.go_live(campaign, PRINT, NOW)
    return campaign


# Opening


@pytest.mark.parametrize("location", ["", "mysql://host/db", "a\0b"])
def test_what_is_no_path_is_refused(location):
    """
    The error says what is one.
    """
    with pytest.raises(ConfigurationError, match="path of a file"):
        open_ledger(location)


def test_a_ledger_shows_where_it_lies(path, monkeypatch):
    """
    Its absolute path, whatever way it was given.
    """
    monkeypatch.chdir(path.parent)
    with closing(open_ledger("a.db")) as ledger:
        assert ledger.name == str(path)
    with closing(open_ledger(path)) as ledger:
        assert ledger.name == str(path)
    assert open_ledger(":memory:").name == ":memory:"


def test_every_file_of_a_ledger_is_private(path, tmp_path):
    """
    The log, the marks and the key as well, whatever the umask.
    """
    import os

    before = os.umask(0)
    try:
        ledger = open_ledger(path, key_home=tmp_path / "keys")
        ledger.start_run(live_campaign(ledger, 10), NOW)
    finally:
        os.umask(before)
    files = [f for f in tmp_path.rglob("*") if f.is_file()]

    assert sorted(f.suffix for f in files) == [
        ".db",
        ".db-shm",
        ".db-wal",
        ".key",
        ".marks",
    ]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    ledger.close()


# The key


def test_the_key_is_the_same_every_time(path, tmp_path):
    """
    Else nobody would be known who has the message.
    """
    secrets = set()
    for _ in range(2):
        with closing(open_ledger(path, key_home=tmp_path / "keys")) as ledger:
            secrets.add(ledger.secret)

    assert len(secrets) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_a_missing_key_is_looked_for_and_named(path, tmp_path):
    """
    The ledger is not opened under a new one.
    """
    open_ledger(path, key_home=tmp_path / "keys").close()
    [key] = (tmp_path / "keys").iterdir()
    key.unlink()

    with pytest.raises(LedgerKeyError, match=key.name) as caught:
        open_ledger(path, key_home=tmp_path / "keys")
    assert "SAFESEND_KEY and SAFESEND_KEY_FILE are not set" in str(caught.value)
    assert list((tmp_path / "keys").iterdir()) == []


def test_another_key_is_refused(path, tmp_path, monkeypatch):
    """
    From the variable or from the file.
    """
    open_ledger(path, key_home=tmp_path / "keys").close()
    [key] = (tmp_path / "keys").iterdir()
    key.write_text("00" * 32)

    with pytest.raises(LedgerKeyError, match="not the key"):
        open_ledger(path, key_home=tmp_path / "keys")
    monkeypatch.setenv("SAFESEND_KEY", "11" * 32)
    with pytest.raises(LedgerKeyError, match="SAFESEND_KEY"):
        open_ledger(path, key_home=tmp_path / "keys")


def test_a_key_can_be_given(path, tmp_path, monkeypatch):
    """
    Then no file is made.
    """
    monkeypatch.setenv("SAFESEND_KEY", "11" * 32)
    for _ in range(2):
        with closing(open_ledger(path, key_home=tmp_path / "keys")) as ledger:
            assert ledger.secret == b"\x11" * 32

    assert not (tmp_path / "keys").exists()


def test_a_ledger_whose_key_could_not_be_made_is_no_ledger_yet(path, tmp_path):
    """
    The next try begins anew.
    """
    (tmp_path / "keys").touch()
    with pytest.raises(LedgerKeyError):
        open_ledger(path, key_home=tmp_path / "keys")
    (tmp_path / "keys").unlink()

    open_ledger(path, key_home=tmp_path / "keys").close()


# What is kept, and what is forgotten


def test_a_waiting_row_is_encrypted(path):
    """
    A thief of the file learns nobody's address, from no state.
    """
    with closing(open_ledger(path)) as ledger:
        assert ledger.encrypted
        campaign = enrolled(ledger, people(200))
        run, rows = claimed_rows(ledger, campaign, 50)
        assert rows[7].payload == people(8)[7].payload
        ledger.record(run, [Result(row.id, State.IN_DOUBT) for row in rows[:9]], NOW)
        assert b"person" not in everything_on_disk(path.parent)


def test_encryption_is_settled_when_the_file_is_made(path, monkeypatch):
    """
    A sealed ledger says what is missing; a plain one stays plain and says so.
    """
    with closing(open_ledger(path)) as ledger:
        enrolled(ledger, people(1))
    with monkeypatch.context() as without:
        without.setitem(sys.modules, AEAD, None)
        with pytest.raises(LedgerError, match=r"safesend\[crypto\]"):
            open_ledger(path)
        other = path.with_name("b.db")
        open_ledger(other).close()

    with closing(open_ledger(other)) as ledger:
        assert not ledger.encrypted


@pytest.mark.parametrize("kind", ["sealed", "plain"])
def test_nothing_of_a_final_row_is_on_the_disk(path, kind, request):
    """
    Not in the file, its log or the marks, after rows of all sizes came in any order.
    """
    if kind == "plain":
        request.getfixturevalue("bare")
    with closing(open_ledger(path)) as ledger:
        campaign = enrolled(ledger, people(1200))
        run = ledger.start_run(campaign, NOW)
        marks = ledger.progress(run)
        for turn in range(4):
            rows = ledger.claim(campaign, run, 1200, NOW + turn)
            for row in rows:
                marks.take(row.id)
            order = sorted(rows, key=lambda row: hash((row.id * 2654435761) % 1009))
            results = [outcome(row, turn) for row in order]
            for start in range(0, len(results), 90):
                ledger.record(run, results[start : start + 90], NOW + turn)
        doubtful = ledger.counts(campaign)[State.IN_DOUBT]
        assert 0 < doubtful < 200
        ledger.end_run(run, NOW + 9)
        content = everything_on_disk(path.parent)
        assert content.count(b"person") == (doubtful if kind == "plain" else 0)
        ledger.resolve(campaign, State.ACCEPTED, None, NOW + 9)
    assert b"person" not in everything_on_disk(path.parent)
    assert_consistent(path)


def outcome(row, turn):
    """Some are accepted at once, some later, some are in doubt; replies vary."""
    text = "t" * (row.id * 7 % 190)
    if turn < 3 and row.id % 5 < 2:
        return Result(row.id, State.WAITING, NOW + turn + 1, code=450, text=text)
    if row.id % 17 == 0:
        return Result(row.id, State.IN_DOUBT, text=text)
    return Result(row.id, State.ACCEPTED, code=250, text=text)


def test_a_plain_file_is_rebuilt_once_for_what_was_erased(path, bare):
    """
    Also for what a crash left; and not again when nothing was erased since.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = enrolled(ledger, people(10))
        run, rows = claimed_rows(ledger, campaign, 3)
        ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW)
    [(tidied,)] = look(path, "SELECT value FROM meta WHERE name = 'tidied'")
    assert tidied == b"3"
    before = look(path, "PRAGMA schema_version")
    open_ledger(path).close()

    assert look(path, "PRAGMA schema_version") == before


def test_a_plain_payload_is_given_as_it_was(path, bare):
    """
    Without encryption everything else is the same.
    """
    with closing(open_ledger(path)) as ledger:
        _, rows = claimed_rows(ledger, enrolled(ledger, people(3)), 3)

    assert [row.payload for row in rows] == [row.payload for row in people(3)]


def test_a_tampered_row_stops_the_claim(path):
    """
    Nothing of the batch is taken, nothing is sent.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = enrolled(ledger, people(3))
        change(path, "UPDATE delivery SET payload = x'00' WHERE id = 2")
        run = ledger.start_run(campaign, NOW)
        with pytest.raises(LedgerError, match="changed by another program"):
            ledger.claim(campaign, run, 3, NOW)
        assert ledger.counts(campaign) == {State.WAITING: 3}


def test_a_decision_is_written_down(path):
    """
    Who, when and why; an address in the reason is masked.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 1)
        ledger.set_control(
            campaign, Control.PAUSE, actor="ada", reason="asks x@example.org", now=NOW
        )

    assert look(path, "SELECT at, control, actor, reason FROM control") == [
        (NOW, "pause", "ada", "asks …@example.org")
    ]


def test_what_stays_of_a_row_can_still_be_joined(path):
    """
    Digests, provider and the outcome stay; the payload does not.
    """
    with closing(open_ledger(path)) as ledger:
        run, [row] = claimed_rows(ledger, enrolled(ledger, make_rows(1)), 1)
        ledger.record(run, [Result(row.id, State.ACCEPTED, code=250)], NOW)

    query = "SELECT digest, suppression, provider, code, payload FROM delivery"
    [found] = look(path, query)
    [enrolled_row] = make_rows(1)
    assert found == (
        enrolled_row.digest,
        enrolled_row.suppression,
        "example.org",
        250,
        None,
    )


def test_many_replies_are_read_page_by_page(path):
    """
    All of them, also while others write.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 501)
        run, rows = claimed_rows(ledger, campaign, 500)
        results = [Result(row.id, State.REFUSED, text=f"no {row.id}") for row in rows]
        ledger.record(run, results, NOW)
        reasons = ledger.reasons(campaign, State.REFUSED)
        first = next(reasons)
        assert len(ledger.claim(campaign, run, 1, NOW)) == 1
        assert len({first, *reasons}) == 500


_ADDED = re.compile(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", re.MULTILINE)
_MADE = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


def _undone(schema: int) -> Iterator[str]:
    """What takes back the columns and tables of all later migrations."""
    for text in reversed(migrations()[schema:]):
        yield from (f"DROP TABLE {table}" for table in reversed(_MADE.findall(text)))
        for table, column in _ADDED.findall(text):
            if table not in _MADE.findall(text):
                yield f"ALTER TABLE {table} DROP COLUMN {column}"


_BACK_TO_THE_THIRD_SCHEMA = (
    "DROP INDEX seed",
    *_undone(3),
    "PRAGMA user_version = 3",
)
_BACK_TO_THE_FIRST_SCHEMA = (
    "DROP INDEX seed",
    *_undone(1),
    "DROP INDEX fresh",
    "DROP INDEX put_off",
    "CREATE INDEX fresh ON delivery (campaign) WHERE state = 2",
    "CREATE INDEX put_off ON delivery (campaign, not_before) WHERE state = 3",
    "PRAGMA user_version = 1",
)


def test_a_ledger_of_the_first_schema_is_brought_up_to_date(path):
    """
    Its rows stay as they are, and what is allowed from now on is kept.
    """
    with closing(open_ledger(str(path))) as ledger:
        campaign = enrolled(ledger, people(3))
    for step in _BACK_TO_THE_FIRST_SCHEMA:
        change(path, step)

    with closing(open_ledger(str(path))) as ledger:
        assert ledger.counts(campaign) == {State.WAITING: 3}
        assert ledger.allowances(campaign) == []
        ledger.note_allowances(campaign, [Allowance("L23", "", "formulas")], NOW)
    with closing(open_ledger(str(path))) as ledger:
        assert ledger.allowances(campaign) == [Allowance("L23", "", "formulas")]


def test_a_decision_is_kept_with_who_took_it(path):
    """
    Who, when, what and about how many; addresses in it are masked.
    """
    with closing(open_ledger(str(path))) as ledger:
        campaign = live_campaign(ledger, 3)
        run, _ = claimed_rows(ledger, campaign, 3)
        ledger.end_run(run, NOW)
        ledger.resolve(
            campaign, State.ACCEPTED, [digest(0)], NOW + 1, "ada@example.org"
        )
        ledger.resolve(campaign, State.ACCEPTED, [digest(0)], NOW + 2, "eve")
        ledger.resolve(campaign, State.WAITING, None, NOW + 3)

    assert look(path, "SELECT at, control, actor, reason FROM control ORDER BY at") == [
        (NOW + 1, "accept", "a…@example.org", "1 in doubt"),
        (NOW + 3, "resend", "", "2 in doubt"),
    ]


def test_rows_that_were_in_doubt_before_stay_so(path):
    """
    A ledger of the third schema knows who may have them; no relay gets them by itself.
    """
    with closing(open_ledger(str(path))) as ledger:
        campaign = live_campaign(ledger, 1)
        run = ledger.start_run(campaign, NOW, "one:")
        ledger.claim(campaign, run, 1, NOW)
        ledger.end_run(run, NOW)
    for step in _BACK_TO_THE_THIRD_SCHEMA:
        change(path, step)

    with closing(open_ledger(str(path))) as ledger:
        [doubt] = ledger.doubts(campaign)
        assert doubt.relay == "one:"
        assert ledger.resend_known(campaign, "one:", NOW - 1, NOW) == 0


def test_a_failed_opening_lets_go_of_the_file(path, tmp_path):
    """
    Nothing holds it afterwards.
    """
    open_ledger(path, key_home=tmp_path / "keys").close()
    [key] = (tmp_path / "keys").iterdir()
    key.write_text("00" * 32)
    with pytest.raises(LedgerKeyError):
        open_ledger(path, key_home=tmp_path / "keys")

    assert not path.with_name("a.db-wal").exists()


def test_closing_twice_is_allowed(path):
    """
    And using it afterwards is an error of the ledger.
    """
    ledger = open_ledger(path)
    ledger.close()
    ledger.close()

    with pytest.raises(LedgerError, match="was closed"):
        ledger.campaigns()


# Against the ledger in memory


PROVIDERS = ("google", "yahoo", "example.org")
RELAYS = st.sampled_from(["one:", "two:"])
SHARES = st.builds(
    Shares,
    usual=st.sampled_from([None, 0, 1, 3]),
    special=st.dictionaries(st.sampled_from(PROVIDERS), st.integers(-1, 4)),
)
# The text is that of the marks, which keep no other.
RESULTS = st.builds(
    Result,
    id=st.just(0),
    state=st.sampled_from(sorted(RECORDABLE)),
    not_before=st.sampled_from([0.0, 5.0]),
    attempt=st.booleans(),
    stage=st.just("rcpt"),
    code=st.sampled_from([None, 250]),
    text=st.just(RECOVERED),
    suppress=st.booleans(),
    doubted=st.booleans(),
)
FLOWS = st.builds(
    Flow,
    route=RELAYS,
    provider=st.sampled_from(["", *PROVIDERS]),
    began=st.sampled_from([None, NOW, NOW + 5]),
    window=st.sampled_from([None, 3]),
    easing=st.sampled_from([None, (1.0, 20.0, NOW)]),
    reason=st.sampled_from(["", "421 slow down ada@example.org"]),
    changed=st.floats(NOW, NOW + 50),
)


class Twins(RuleBasedStateMachine):
    """The same calls to both ledgers have the same results."""

    folder = None

    @initialize(relay=RELAYS)
    def begin(self, relay):
        self.path = self.folder.mktemp("twins") / "a.db"
        self.file, self.memory = open_ledger(self.path), MemoryLedger()
        self.now, self.campaign = NOW, 0
        self.go_on_to_the_next_campaign(relay)

    @rule(relay=RELAYS)
    def go_on_to_the_next_campaign(self, relay):
        """The same people again, but for mailboxes that were found to be none."""
        name = f"campaign {self.campaign + 1}"
        self.campaign = self.both(lambda ledger: ledger.campaign(name, NOW).id)
        self.size, self.runs, self.held = 0, {}, {}
        self.grow(8)
        self.start(relay)

    def both(self, call):
        """What the call gives, which is the same for both."""
        one, other = call(self.file), call(self.memory)
        assert one == other
        return one

    @rule(by=st.integers(0, 4))
    def grow(self, by):
        self.size += by
        for ledger in (self.file, self.memory):
            ledger.begin_draft(self.campaign)
        rows = make_rows(self.size, providers=PROVIDERS)
        self.both(lambda ledger: ledger.enrol(self.campaign, rows))
        self.both(lambda ledger: ledger.go_live(self.campaign, PRINT, self.now))

    @rule(relay=RELAYS)
    def start(self, relay):
        for ledger in (self.file, self.memory):
            run = ledger.start_run(self.campaign, self.now, relay)
            self.runs[ledger] = run, ledger.progress(run)

    @rule(shares=SHARES)
    def claim_all(self, shares):
        """Whose turn it is makes no difference where there is room for everybody."""
        self.claim(1000, shares)

    @rule(limit=st.sampled_from([1, 3]), provider=st.sampled_from(PROVIDERS))
    def claim_some(self, limit, provider):
        self.claim(limit, Shares(usual=0, special={provider: 2}))

    def claim(self, limit, shares):
        rows = {
            ledger: sorted(
                ledger.claim(
                    self.campaign, self.runs[ledger][0], limit, self.now, shares
                ),
                key=lambda row: row.provider,
            )
            for ledger in (self.file, self.memory)
        }
        one, other = rows.values()
        assert [attrs.evolve(row, id=0) for row in one] == [
            attrs.evolve(row, id=0) for row in other
        ]
        for first, second in zip(one, other, strict=True):
            self.held[first.id] = {self.file: first.id, self.memory: second.id}

    def chosen(self, data):
        return data.draw(st.lists(st.sampled_from(sorted(self.held)), unique=True))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), made=RESULTS, recorded=st.booleans())
    def finish(self, data, made, recorded):
        rows = self.chosen(data)
        if made.not_before:
            made = attrs.evolve(made, not_before=self.now + made.not_before)
        done = {}
        for ledger in (self.file, self.memory):
            run, marks = self.runs[ledger]
            results = [attrs.evolve(made, id=self.held[row][ledger]) for row in rows]
            for result in results:
                marks.take(result.id)
                marks.settle(result)
            if recorded:
                done[ledger] = ledger.record(run, results, self.now)
        assert len(set(done.values())) <= 1
        if recorded:
            self.held = {row: at for row, at in self.held.items() if row not in rows}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), what=st.sampled_from(["release", "take"]))
    def begin_or_not(self, data, what):
        rows = self.chosen(data)
        for ledger in (self.file, self.memory):
            run, marks = self.runs[ledger]
            if what == "release":
                ledger.release(run, [self.held[row][ledger] for row in rows])
            else:
                for row in rows:
                    marks.take(self.held[row][ledger])
        if what == "release":
            self.held = {row: at for row, at in self.held.items() if row not in rows}

    @rule(seconds=st.sampled_from([1.0, 10.0]))
    def let_time_pass(self, seconds):
        self.now += seconds

    @rule(before=st.sampled_from([0.0, 10.0]))
    def expire(self, before):
        self.both(lambda at: at.expire(self.campaign, self.now - before, self.now))

    @rule(control=st.sampled_from([Control.RUN, Control.RUN, Control.PAUSE]))
    def steer(self, control):
        self.both(lambda ledger: ask_for(ledger, self.campaign, control))

    @rule(state=st.sampled_from([State.ACCEPTED, State.WAITING]), some=st.booleans())
    def resolve(self, state, some):
        asked = [digest(n) for n in range(0, self.size, 2)] if some else None
        self.both(lambda at: at.resolve(self.campaign, state, asked, self.now))

    @rule(relay=RELAYS, ago=st.sampled_from([0.0, 1.0, 15.0]))
    def resend_known(self, relay, ago):
        after = self.now - ago
        self.both(lambda at: at.resend_known(self.campaign, relay, after, self.now))

    @rule(first=st.integers(1, 6), letter=st.sampled_from([PRINT, b"another"]))
    def plan_pilot(self, first, letter):
        terms = Pilot(first)
        self.both(lambda at: at.consent.plan_pilot(self.campaign, terms, letter))

    @rule()
    def release(self):
        said = {"actor": "ada", "reason": "", "now": self.now}
        self.both(lambda at: at.consent.release(self.campaign, **said))

    @rule(flows=st.lists(FLOWS, max_size=3))
    def note_flows(self, flows):
        self.both(lambda ledger: ledger.note_flows(flows))

    @rule(number=st.integers(0, 9))
    def lift(self, number):
        mailbox = make_rows(number + 1)[number].suppression
        said = {"actor": "ada", "reason": "a test", "now": self.now}
        self.both(lambda ledger: ledger.lift(mailbox, **said))

    @rule(relay=RELAYS)
    def crash(self, relay):
        """The file's process goes without a word; in memory, the runs are ended."""
        self.file.close()
        for run in range(1, self.runs[self.memory][0] + 1):
            self.memory.end_run(run, self.now)
        self.file = open_ledger(self.path)
        for campaign in range(1, self.campaign + 1):
            self.file.recover(campaign, self.now)
        self.runs, self.held = {}, {}
        self.start(relay)

    @invariant()
    def agree(self):
        self.both(lambda ledger: dict(ledger.counts(self.campaign)))
        self.both(lambda ledger: ledger.deferred(self.campaign))
        for held in (frozenset(), {"google"}, {"google", "yahoo"}):
            self.both(lambda at, held=held: at.next_due(self.campaign, held))
        for number in range(self.size):
            found = self.both(lambda at, n=number: account_of(at, self.campaign, n))
            assert found is not None
        assert_consistent(self.path)

    @invariant()
    def agree_on_what_was_learned(self):
        self.both(lambda ledger: ledger.doubts(self.campaign))
        pilot = self.both(lambda ledger: ledger.consent.pilot(self.campaign))
        if pilot is not None and pilot.begun is not None:
            self.both(lambda ledger: ledger.consent.pilot_seen(self.campaign))
        for state in State:
            self.both(lambda at, state=state: replies(at, self.campaign, state))
        self.both(lambda ledger: dict(ledger.suppressions()))
        for since in (0.0, NOW + 20):
            self.both(
                lambda ledger, since=since: sorted(
                    ledger.flows(since), key=lambda flow: (flow.route, flow.provider)
                )
            )
        for row in make_rows(self.size):
            self.both(lambda ledger, row=row: ledger.suppressed(row.suppression))

    def teardown(self):
        with suppress(AttributeError):
            self.file.close()


def replies(ledger, campaign, state):
    return {text: n for text, n in ledger.reasons(campaign, state) if text}


@pytest.fixture
def twins(tmp_path_factory):
    Twins.folder = tmp_path_factory
    yield Twins
    Twins.folder = None


def test_both_ledgers_do_the_same(twins):
    """
    Whatever is claimed, recorded, released, decided, and wherever a process dies.
    """
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        twins, settings=settings(max_examples=30, stateful_step_count=25)
    )
    assert FINAL_STATES < RECORDABLE
