import hashlib
import os
import re
import sqlite3
import sys
import time
from contextlib import closing

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from ledger.scenes import (
    assert_consistent,
    change,
    child,
    everything_on_disk,
    kill,
    look,
    run_child,
)
from ledger.test_sqlite import Twins
from safesend.errors import (
    CampaignPurged,
    ConfigurationError,
    LedgerBusy,
    LedgerKeyError,
)
from safesend.ledger import open_ledger
from safesend.ledger.base import Allowance, Control, NewRow, Result, State
from safesend.ledger.flow import Flow
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient
from safesend.message.rowdata import pack
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
)

AEAD = "cryptography.hazmat.primitives.ciphers.aead"
SAID = {"actor": "ada", "reason": "a test", "now": NOW + 9}


@pytest.fixture(params=["sealed", "bare"])
def path(request, tmp_path, monkeypatch):
    """A ledger to be made, with and without the package `cryptography`."""
    if request.param == "bare":
        monkeypatch.setitem(sys.modules, AEAD, None)
    (tmp_path / "mailing").mkdir()
    return tmp_path / "mailing" / "a.db"


def crowd(ledger, name, count):
    """Rows of people who can be told by everything that is kept of them."""
    key = CampaignKey(ledger.secret, name)
    rows = []
    for number in range(count):
        domain = f"person{number}.example"
        who = Address.parse(f"person{number}@{domain}")
        packed = pack(Recipient(who.wire, name=f"Person {number}", note="n" * number))
        rows.append(NewRow(key.row(who), key.suppression(who), domain, packed))
    return rows


def mailed(ledger, name="spring", count=60):
    """Half of them accepted, a third refused with their name, the rest waits."""
    rows = crowd(ledger, name, count)
    campaign = ledger.campaign(name, NOW).id
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, rows)
    ledger.note_allowances(campaign, [Allowance("L23", "person1.pdf", "hers")], NOW)
    ledger.go_live(campaign, PRINT, NOW)
    run, claimed = claimed_rows(ledger, campaign, count * 5 // 6)
    results = [
        Result(row.id, State.ACCEPTED)
        if number < count // 2
        else Result(
            row.id, State.REFUSED, code=550, text=f"no Person at {row.provider}"
        )
        for number, row in enumerate(claimed)
    ]
    ledger.record(run, results, NOW)
    flow = Flow(route="smtp:", provider="person1.example", changed=NOW, reason="Ada")
    ledger.note_flows([flow])
    ledger.end_run(run, NOW)
    return campaign, rows


def told(rows, octets):
    """By what of them anybody can be told from those octets."""
    needles = {
        needle
        for row in rows
        for needle in (row.digest, row.suppression, row.provider.encode())
    }
    needles |= set(re.findall(rb"(?i)person.?\d+(?:@\S+)?", octets))
    return {needle for needle in needles if needle in octets}


# Purge


def test_nobody_can_be_told_from_the_files_of_a_purged_ledger(path):
    """
    No digest, address, domain or reply is in any octet of it; the numbers are.
    """
    with closing(open_ledger(path)) as ledger:
        campaign, rows = mailed(ledger)
        assert told(rows, everything_on_disk(path.parent))
        ledger.persons.purge(campaign, **SAID, unfinished=True)
        assert ledger.persons.sweep()
        # While it is open, as well.
        assert told(rows, everything_on_disk(path.parent)) == set()
    assert told(rows, everything_on_disk(path.parent)) == set()
    assert look(path, "SELECT state, number FROM tally WHERE number > 0") == [
        (5, 30),
        (6, 20),
        (8, 10),
    ]


def test_nobody_is_left_between_the_rows_of_others(path):
    """
    Where SQLite moved rows about their copies lie in pages that another campaign uses.
    """
    names, count = ("spring", "summer"), 2000
    rows = {name: scattered(name, count) for name in names}
    with closing(open_ledger(path)) as ledger:
        spring, summer = (ledger.campaign(name, NOW).id for name in names)
        ledger.begin_draft(spring)
        ledger.begin_draft(summer)
        for start in range(0, count, 20):
            ledger.enrol(spring, rows["spring"][start : start + 20])
            ledger.enrol(summer, rows["summer"][start : start + 20])
        ledger.go_live(spring, PRINT, NOW)
        ledger.go_live(summer, PRINT, NOW)
        for turn in range(4):
            run, claimed = claimed_rows(ledger, spring, count)
            state = State.WAITING if turn < 3 else State.REFUSED
            results = [
                Result(row.id, state, code=550, text=f"{row.provider} {'t' * size}")
                for row in claimed
                for size in [row.id * 13 * (turn + 1) % 400]
            ]
            ledger.record(run, results, NOW)
            ledger.end_run(run, NOW)
        ledger.persons.purge(spring, **SAID)
        assert ledger.persons.sweep()
        octets = everything_on_disk(path.parent)
    assert told(rows["spring"], octets) == set()
    assert len(told(rows["summer"][:9], octets)) == 27


def scattered(name, count):
    """Rows of all sizes."""
    return [
        NewRow(*digests, f"{name}{number}.example", b"x" * (number * 7 % 1500))
        for number in range(count)
        for whole in [hashlib.sha256(f"{name} {number}".encode()).digest()]
        for digests in [(whole[:16], whole[16:])]
    ]


def test_a_ledger_that_is_closed_is_swept(path):
    """
    Whoever only purges and closes it leaves nothing behind either.
    """
    with closing(open_ledger(path)) as ledger:
        campaign, rows = mailed(ledger)
        ledger.persons.purge(campaign, **SAID, unfinished=True)
    assert told(rows, everything_on_disk(path.parent)) == set()
    assert look(path, "SELECT name FROM meta WHERE name = 'unswept'") == []


def test_what_others_hold_is_swept_later(path):
    """
    A program that reads the ledger keeps its file from being written anew.
    """
    ledger = open_ledger(path)
    campaign, rows = mailed(ledger)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM delivery").fetchone()
        ledger._database._connection.execute("PRAGMA busy_timeout = 1")
        ledger.persons.purge(campaign, **SAID, unfinished=True)
        assert not ledger.persons.sweep()
        assert told(rows, everything_on_disk(path.parent))
    assert ledger.persons.sweep()
    assert told(rows, everything_on_disk(path.parent)) == set()
    ledger.close()


def test_a_file_that_cannot_be_written_anew_waits(path):
    """
    While somebody reads replies from it, for example.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 300)
        run, rows = claimed_rows(ledger, campaign, 300)
        results = [Result(row.id, State.REFUSED, text=f"{row.id}") for row in rows]
        ledger.record(run, results, NOW)
        ledger.end_run(run, NOW)
        replies = ledger.reasons(campaign, State.REFUSED)
        next(replies)
        other = live_campaign(ledger, 1, "summer")
        ledger.persons.forget(make_rows(1)[0].suppression, **SAID)
        assert not ledger.persons.sweep()
        assert len([*replies]) == 299
        assert ledger.persons.sweep()
        assert ledger.counts(other) == {State.CANCELLED: 1}


def test_every_table_is_emptied_or_meant_to_stay(path):
    """
    A table of a later schema that names a campaign is decided about as well.
    """
    kept = {"run", "control", "approval", "rehearsal", "heard_tally"}
    emptied = {"delivery", "identity", "tally", "allowance", "hold", "suppression"}
    emptied |= {"heard", "content_use"}
    with closing(open_ledger(path)) as ledger:
        campaign, _ = mailed(ledger)
        ledger.contents.keep(campaign, b"manifest", [b"part"])
        ask_for(ledger, campaign, Control.CANCEL)
    change(path, "INSERT INTO approval VALUES (1, 1, 1.5, x'aa', 'ada', 'good')")
    change(
        path,
        "INSERT INTO rehearsal VALUES (1, 1, 1.5, 9, 9, x'aa', '[]', '1', 'ada', 2.5)",
    )
    change(path, "INSERT INTO heard VALUES (1, 3, 1, 1.5, 550, NULL, 'no')")
    change(path, "INSERT INTO hold VALUES (1, 'person1.example', 'pause')")
    change(path, "UPDATE control SET provider = 'person1.example'")
    change(path, "UPDATE run SET told = '{}', stopped = 'a…@person1.example'")
    with closing(open_ledger(path)) as ledger:
        ledger.persons.purge(campaign, **SAID)
    tables = {
        name
        for (name,) in look(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")
        if "campaign" in {row[1] for row in look(path, f"PRAGMA table_info({name})")}
    }
    assert tables == kept | emptied
    for table in emptied - {"tally"}:
        assert look(path, f"SELECT count(*) FROM {table}") == [(0,)]
    assert look(path, "SELECT digest, actor, reason FROM approval") == [
        (b"", "ada", "good")
    ]
    assert look(path, "SELECT digest, rows FROM rehearsal") == [(b"", 9)]
    assert look(path, "SELECT DISTINCT told, stopped FROM run") == [("", "")]
    assert look(path, "SELECT control, provider FROM control") == [
        ("cancel", ""),
        ("purge", ""),
    ]


def test_who_purged_is_kept(path):
    """
    With the date and the reason, and without an address in it.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 1)
        said = SAID | {"reason": "ada@example.org asked"}
        ledger.persons.purge(campaign, **said, unfinished=True)
    assert look(path, "SELECT at, control, actor, reason FROM control") == [
        (NOW + 9, "purge", "ada", "a…@example.org asked")
    ]


def test_a_run_that_died_is_settled_before_a_purge(path):
    """
    It is not waited for; a draft of a process that died is dropped.
    """
    open_ledger(path).close()
    run_child(
        "campaign = live_campaign(ledger, 3)\n"
        "run = ledger.start_run(campaign, NOW)\n"
        "ledger.claim(campaign, run, 2, NOW)\n"
        "ledger.begin_draft(campaign)\n"
        "ledger.enrol(campaign, make_rows(5))\n"
        "import os; os._exit(0)",
        path,
    )
    with closing(open_ledger(path)) as ledger:
        with pytest.raises(ConfigurationError, match="1 wait and 2 are in doubt"):
            ledger.persons.purge(1, **SAID)
        gone = ledger.persons.purge(1, **SAID, unfinished=True)
        assert (gone.rows, gone.waiting, gone.in_doubt) == (3, 1, 2)
        assert dict(ledger.counts(1)) == {State.IN_DOUBT: 2, State.CANCELLED: 1}
    assert look(path, "SELECT count(*) FROM delivery") == [(0,)]


@pytest.mark.parametrize(
    "work", ["ledger.start_run(1, NOW)", "ledger.begin_draft(1); ledger.enrol(1, [])"]
)
def test_another_process_at_work_is_not_disturbed(path, work):
    """
    Neither a run nor whoever reads a list in; its rows are as they were.
    """
    open_ledger(path).close()
    script = f"live_campaign(ledger, 3)\n{work}\nprint('on')\ninput()"
    with child(script, path), closing(open_ledger(path)) as ledger:
        with pytest.raises(LedgerBusy):
            ledger.persons.purge(1, **SAID, unfinished=True)
        assert ledger.campaigns()[0].purged is None
        assert ledger.counts(1)[State.WAITING] == 3


def test_a_process_that_had_it_open_is_told(path):
    """
    Whoever comes to enrol or to send after a purge is refused, without a new look.
    """
    with closing(open_ledger(path)) as late, closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 2)
        assert late.campaigns()[0].purged is None
        ledger.persons.purge(campaign, **SAID, unfinished=True)
        with pytest.raises(CampaignPurged, match="'spring' was purged on 20"):
            late.begin_draft(campaign)
        with pytest.raises(CampaignPurged):
            late.start_run(campaign, NOW)


PURGE = """
from safesend.ledger.database import SQL
campaign, moment = 1, sys.argv[2]
database = ledger._database
whole = database._connection

class Slow:
    "Says so, and waits, at one statement."
    def execute(self, query, *values):
        if moment in query:
            print("there", flush=True)
            time.sleep(30)
        return whole.execute(query, *values)
    def __getattr__(self, name):
        return getattr(whole, name)

database._connection = Slow()
ledger.persons.purge(campaign, actor="ada", reason="x", now=NOW, unfinished=True)
ledger.persons.sweep()
print("there", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize(
    ("moment", "purged"),
    [
        ("DELETE FROM identity", False),
        ("UPDATE campaign SET purged", False),
        ("INSERT INTO control", False),
        ("VACUUM", True),
        ("wal_checkpoint", True),
        ("DELETE FROM meta", True),
        ("(the end)", True),
    ],
)
def test_a_purge_that_is_killed_is_whole_or_not_at_all(path, moment, purged):
    """
    Afterwards either nobody is sent to again, or nothing is missing; a second purge
    leaves nobody in the files.
    """
    with closing(open_ledger(path)) as ledger:
        _, rows = mailed(ledger)
    with child(PURGE, path, moment) as process:
        assert process.first == "there"
        kill(process)
    assert_consistent_unless_purged(path, purged)
    with closing(open_ledger(path)) as ledger:
        [record] = ledger.campaigns()
        assert (record.purged is not None) is purged
        if purged:
            with pytest.raises(CampaignPurged):
                ledger.begin_draft(1)
        else:
            run, claimed = claimed_rows(ledger, 1, 99)
            assert len(claimed) == 10
            ledger.release(run, [row.id for row in claimed])
            ledger.end_run(run, NOW)
        ledger.persons.purge(1, **SAID, unfinished=True)
        assert ledger.persons.sweep()
        assert told(rows, everything_on_disk(path.parent)) == set()


@pytest.mark.slow
def test_a_purge_that_is_killed_anywhere(path):
    """
    Whenever it comes: the tombstone stands, or every row does.
    """
    import random

    chance = random.Random(7)
    with closing(open_ledger(path)) as ledger:
        _, rows = mailed(ledger, count=3000)
    whole = look(path, "SELECT count(*) FROM delivery")
    script = (
        "print('go', flush=True)\n"
        "ledger.persons.purge(1, actor='a', reason='x', now=NOW, unfinished=True)\n"
        "ledger.persons.sweep()\n"
        "time.sleep(30)"
    )
    seen, longest = [], 0.12
    while len(seen) < 12 or not seen[-1]:
        with child(script, path) as process:
            time.sleep(chance.uniform(0, longest))
            kill(process)
        left = look(path, "SELECT count(*) FROM delivery")
        [(purged,)] = look(path, "SELECT purged IS NOT NULL FROM campaign")
        assert left == ([(0,)] if purged else whole)
        seen.append(purged)
        if len(seen) >= 12:
            longest = min(30, 2 * longest)  # on a machine that takes its time
    with closing(open_ledger(path)) as ledger:
        ledger.persons.purge(1, **SAID, unfinished=True)
    assert told(rows[:200], everything_on_disk(path.parent)) == set()


def assert_consistent_unless_purged(path, purged):
    """Its rows are counted right; a purged campaign has none."""
    if purged:
        assert look(path, "SELECT count(*) FROM delivery") == [(0,)]
        assert look(path, "SELECT count(*) FROM identity") == [(0,)]
    else:
        assert_consistent(path)


# Forget and about


def test_a_person_who_is_forgotten_is_not_in_the_files(path):
    """
    But for the digest, which keeps the list from writing again.
    """
    with closing(open_ledger(path)) as ledger:
        campaign, rows = mailed(ledger)
        waits, refused = rows[55], rows[40]
        for row in (waits, refused):
            assert ledger.persons.forget(row.suppression, **SAID)
        assert ledger.persons.sweep()
        octets = everything_on_disk(path.parent)
        for number in (40, 55):
            words = (b"person%d@", b"Person %d", b"person%d.")
            assert not any(word % number in octets for word in words)
        assert waits.digest in octets
        assert ledger.account(campaign, waits.digest).state is State.CANCELLED
    assert look(path, "SELECT control, reason FROM control") == [
        ("forget", "a test"),
        ("forget", "a test"),
    ]
    assert_consistent(path)


def test_rows_with_a_key_are_all_found(path):
    """
    One mailbox in several rows is one person.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = ledger.campaign("spring", NOW).id
        ledger.begin_draft(campaign)
        mailbox = make_rows(1)[0].suppression
        rows = [NewRow(digest(n), mailbox, "a.example", b"%d" % n) for n in range(3)]
        ledger.enrol(campaign, rows)
        ledger.go_live(campaign, PRINT, NOW)
        assert [one.payload for one in ledger.persons.about(mailbox)] == [
            b"0",
            b"1",
            b"2",
        ]
        assert len(ledger.persons.forget(mailbox, **SAID)) == 3
        assert {one.payload for one in ledger.persons.about(mailbox)} == {None}
        assert claimed_rows(ledger, campaign, 9)[1] == []


def test_a_person_whose_run_died_is_forgotten(path):
    """
    What it had on the wire is in doubt first; a list that it was reading is dropped.
    """
    open_ledger(path).close()
    run_child(
        "campaign = live_campaign(ledger, 3)\n"
        "run = ledger.start_run(campaign, NOW)\n"
        "ledger.claim(campaign, run, 2, NOW)\n"
        "ledger.begin_draft(campaign)\n"
        "ledger.enrol(campaign, make_rows(5))\n"
        "import os; os._exit(0)",
        path,
    )
    rows = make_rows(5)
    with closing(open_ledger(path)) as ledger:
        [found] = ledger.persons.forget(rows[0].suppression, **SAID)
        assert (found.before, found.after) == (State.IN_DOUBT, State.CANCELLED)
        assert ledger.persons.forget(rows[4].suppression, **SAID) == []
        assert dict(ledger.counts(1)) == {
            State.WAITING: 1,
            State.IN_DOUBT: 1,
            State.CANCELLED: 1,
        }
    assert_consistent(path)


def test_what_a_row_in_doubt_waits_for_is_forgotten_too(path):
    """
    A relay that knows its messages again is not asked about this one.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 1)
        run = ledger.start_run(campaign, NOW, "smtp:")
        [row] = ledger.claim(campaign, run, 1, NOW)
        ledger.record(run, [Result(row.id, State.IN_DOUBT)], NOW)
        ledger.end_run(run, NOW)
        assert ledger.resend_known(campaign, "smtp:", 0, NOW) == 1
        [found] = ledger.persons.forget(make_rows(1)[0].suppression, **SAID)
        assert (found.before, found.after) == (State.WAITING, State.CANCELLED)
        assert ledger.resend_known(campaign, "smtp:", 0, NOW) == 0
        assert claimed_rows(ledger, campaign, 9)[1] == []


# Keys


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "keys"


def key_files(keys):
    return [*keys.glob("*.key")]


def test_a_key_is_destroyed_when_everything_is_purged(path, keys):
    """
    Not before; a copy of the ledger that somebody has kept cannot be opened then.
    """
    with closing(open_ledger(path, key_home=keys)) as ledger:
        campaign, _ = mailed(ledger)
        with pytest.raises(ConfigurationError, match="nothing was destroyed"):
            ledger.persons.destroy_key(NOW)
        copy = path.with_name("copy.db")
        with closing(sqlite3.connect(path)) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        ledger.persons.purge(campaign, **SAID, unfinished=True)
        [file] = key_files(keys)
        assert ledger.persons.destroy_key(NOW) == str(file)
    assert key_files(keys) == []
    with pytest.raises(LedgerKeyError, match="was destroyed when everything"):
        open_ledger(path, key_home=keys)
    copy.chmod(0o600)
    with pytest.raises(LedgerKeyError, match="is missing"):
        open_ledger(copy, key_home=keys)


def test_a_key_from_the_environment_is_not_ours(path, keys, monkeypatch):
    """
    The error says where it is to be destroyed, and nothing is noted.
    """
    monkeypatch.setenv("SAFESEND_KEY", "ab" * 32)
    with (
        closing(open_ledger(path, key_home=keys)) as ledger,
        pytest.raises(ConfigurationError, match="destroy it where you keep it"),
    ):
        ledger.persons.destroy_key(NOW)
    open_ledger(path, key_home=keys).close()


def test_a_key_that_cannot_be_deleted_is_told(path, keys):
    """
    The file is named.
    """
    with closing(open_ledger(path, key_home=keys)) as ledger:
        [file] = key_files(keys)
        aside = file.with_suffix(".aside")
        file.rename(aside)
        file.symlink_to(aside)
        with pytest.raises(LedgerKeyError, match=re.escape(str(file))):
            ledger.persons.destroy_key(NOW)
        assert aside.is_file()
        assert os.access(aside, os.R_OK)


# As in memory


class TwinsThatForget(Twins):
    """The same of what is known about persons."""

    @rule(number=st.integers(0, 9), suppress=st.booleans())
    def forget(self, number, suppress):
        mailbox = make_rows(number + 1)[number].suppression
        said = SAID | {"now": self.now, "suppress": suppress}

        def ask(ledger):
            try:
                return ledger.persons.forget(mailbox, **said)
            except LedgerBusy:
                return "busy"

        self.both(ask)

    @rule(relay=st.just("smtp:"), unfinished=st.booleans())
    def purge(self, relay, unfinished):
        """Whatever is refused is refused in both, and leaves everything as it was."""
        for ledger in (self.file, self.memory):
            ledger.end_run(self.runs[ledger][0], self.now)
        self.held = {}
        said = SAID | {"now": self.now, "unfinished": unfinished}

        def ask(ledger):
            try:
                return ledger.persons.purge(self.campaign, **said)
            except (ConfigurationError, LedgerBusy) as error:
                return type(error)

        gone = self.both(ask)
        if isinstance(gone, type):
            self.start(relay)
        else:
            self.both(lambda ledger: dict(ledger.counts(self.campaign)))
            self.go_on_to_the_next_campaign(relay)

    @rule(seconds=st.sampled_from([0.0, 5.0]))
    def keep(self, seconds):
        self.both(lambda ledger: ledger.persons.keep(self.campaign, seconds))

    @invariant()
    def agree_on_persons(self):
        self.both(lambda ledger: ledger.campaigns())
        self.both(lambda ledger: ledger.persons.kept_until(self.campaign))
        self.both(lambda ledger: ledger.persons.over(self.now))
        self.both(lambda ledger: ledger.persons.over(self.now, 1.0, unfinished=True))
        for row in make_rows(3):
            self.both(lambda ledger, row=row: ledger.persons.about(row.suppression))


def test_both_ledgers_forget_the_same(tmp_path_factory):
    """
    Whatever is purged, forgotten and kept between claims, outcomes and crashes.
    """
    TwinsThatForget.folder = tmp_path_factory
    try:
        run_state_machine_as_test(
            TwinsThatForget, settings=settings(max_examples=25, stateful_step_count=25)
        )
    finally:
        TwinsThatForget.folder = None
