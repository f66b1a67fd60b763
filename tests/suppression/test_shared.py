import io
import stat
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.scenes import everything_on_disk, kill, look, next_line
from safesend import SuppressionList
from safesend.errors import (
    AddressError,
    AudienceError,
    ConfigurationError,
    LedgerError,
    LedgerKeyError,
)
from safesend.ledger import open_ledger
from safesend.message.address import Address
from safesend.suppression import Deed, Entry, Imported, Listed, Reason

NOW = 1_900_000_000.0
DAY = 86_400.0
ADA, BOB = "ada@example.org", "bob@example.com"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lists" / "shared.db"


@pytest.fixture
def shared(path):
    path.parent.mkdir()
    with SuppressionList(path, key_home=path.parents[1] / "keys") as opened:
        yield opened


def which(shared, *addresses, now=NOW):
    return shared.which_of([Address.parse(one) for one in addresses], now)


def test_whoever_was_put_on_it_is_on_it(shared):
    """
    However the address is written; nobody else is.
    """
    assert shared.add([ADA, "Bob@Example.com"], "unsubscribed", now=NOW) == 2
    assert shared.has("Ada@EXAMPLE.org")
    assert which(shared, BOB, "cy@example.org", ADA, BOB) == [
        Reason.UNSUBSCRIBED,
        None,
        Reason.UNSUBSCRIBED,
        Reason.UNSUBSCRIBED,
    ]
    assert which(shared, "cy@example.org") == [None]
    assert which(shared) == []
    assert not shared.has("cy@example.org")


def test_a_whole_domain_can_be_on_it(shared):
    """
    With every mailbox, and with none of a domain below it.
    """
    shared.add(["@example.org"], source="their postmaster", now=NOW)
    shared.add([ADA], "complaint", now=NOW)
    assert which(shared, ADA, "cy@Example.org", "cy@mail.example.org") == [
        Reason.COMPLAINT,
        Reason.BY_HAND,
        None,
    ]
    assert shared.entries(ADA) == [
        Entry(Reason.COMPLAINT, "", NOW),
        Entry(Reason.BY_HAND, "their postmaster", NOW, None, domain=True),
    ]
    assert shared.counts() == {
        Reason.COMPLAINT: Listed(1),
        Reason.BY_HAND: Listed(1, 1),
    }


def test_what_ends_is_over_at_its_date(shared, path):
    """
    Then it is forgotten, when next somebody is put on the list.
    """
    shared.add([ADA], expires=NOW + DAY, now=NOW)
    assert which(shared, ADA, now=NOW + DAY - 1) == [Reason.BY_HAND]
    assert which(shared, ADA, now=NOW + DAY) == [None]
    assert shared.entries(ADA, NOW + DAY) == []
    assert shared.counts(NOW + DAY) == {}
    assert len(list(shared.export(NOW + DAY))) == 1
    shared.add([BOB], now=NOW + DAY)
    assert look(path, "SELECT since FROM entry") == [(NOW + DAY,)]


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        (None, None, 0),
        (None, 9 * DAY, 0),
        (9 * DAY, 3 * DAY, 0),
        (3 * DAY, 3 * DAY, 0),
        (3 * DAY, 9 * DAY, 1),
        (3 * DAY, None, 1),
        (1, None, 1),
    ],
)
def test_of_two_that_say_the_same_the_longer_stands(shared, first, second, stays):
    """
    The new one counts as new then.
    """
    ends = [None if end is None else NOW + end for end in (first, second)]
    shared.add([ADA], "unsubscribed", source="0", expires=ends[0], now=NOW)
    new = shared.add([ADA], "unsubscribed", source="1", expires=ends[1], now=NOW + 2)
    assert new == stays
    [entry] = shared.entries(ADA, NOW + 2)
    assert entry == Entry(Reason.UNSUBSCRIBED, str(stays), NOW + 2 * stays, ends[stays])


def test_each_reason_stands_by_itself(shared):
    """
    A server that was wrong about a mailbox undoes no unsubscription.
    """
    for reason in ("no-such-mailbox", "unsubscribed"):
        shared.add([ADA], reason, now=NOW)
    assert [entry.reason for entry in shared.entries(ADA)] == [
        Reason.UNSUBSCRIBED,
        Reason.NO_SUCH_MAILBOX,
    ]
    only = Reason.NO_SUCH_MAILBOX
    told = {"actor": "me", "reason": "it is back", "now": NOW}
    assert shared.remove(ADA, only=only, **told) == 1
    assert shared.remove(ADA, only=only, **told) == 0
    assert which(shared, ADA) == [Reason.UNSUBSCRIBED]
    assert shared.remove(ADA, **told) == 1
    assert not shared.has(ADA)


def test_what_people_do_is_written_down(shared):
    """
    Who, when, what and why; not what programs do, nor what changed nothing.
    """
    shared.add([ADA, BOB], "complaint", actor="eve", now=NOW)
    shared.add([ADA], now=NOW)
    why = f"she asks ({ADA})"
    shared.remove(ADA, actor=f"root {BOB}", reason=why, now=NOW + 1)
    shared.remove(ADA, actor="eve", reason="again", now=NOW + 2)
    assert shared.deeds() == [
        Deed(NOW, "eve", "add", 2, "complaint"),
        Deed(NOW + 1, "root b…@example.com", "remove", 2, "she asks (a…@example.org)"),
    ]


def test_a_bad_address_or_reason_changes_nothing(shared):
    """
    All of them are put on the list, or none.
    """
    with pytest.raises(AddressError):
        shared.add([ADA, "bob"])
    with pytest.raises(ConfigurationError, match="no such reason"):
        shared.add([ADA], "bounced")
    with pytest.raises(ConfigurationError, match="no such reason"):
        shared.remove(ADA, actor="me", reason="x", only="bounced")
    assert not shared.counts()
    assert shared.add([]) == 0


def test_no_address_is_in_any_file(shared, path):
    """
    Neither whole nor in parts, not in the key's folder either.
    """
    people = ["mathilde@secret-place.example", "@hidden-domain.example"]
    shared.add(people, source="from mathilde@secret-place.example", actor="me")
    content = "mathilde@secret-place.example\n"
    shared.import_file(io.BytesIO(content.encode()), "complaint", actor="me")
    shared.remove(people[0], actor="me", reason="mathilde@secret-place.example asks")
    shared.add(people)
    exported = "\n".join(shared.export()).encode()
    for octets in (everything_on_disk(path.parents[1]), exported):
        for word in (b"mathilde", b"hidden-domain"):
            assert word not in octets.lower()


def test_the_file_is_private_and_its_key_elsewhere(shared, path):
    """
    0600, and the key in a folder of its own.
    """
    [key] = (path.parents[1] / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert shared.name == str(path)
    assert repr(shared) == f"<SuppressionList {path}>"


def test_without_its_key_it_is_not_opened(shared, path):
    """
    Nor with another one: everybody would seem not to be on it.
    """
    home = path.parents[1] / "keys"
    shared.close()
    with pytest.raises(LedgerKeyError, match=r"suppression list .* is missing"):
        SuppressionList(path, key_home=home.with_name("nowhere"))
    [key] = home.iterdir()
    key.write_text("11" * 32)
    with pytest.raises(LedgerKeyError, match="not the key of the suppression list"):
        SuppressionList(path, key_home=home)


def test_the_key_may_be_given(tmp_path, monkeypatch):
    """
    Then another list with the same key knows its digests.
    """
    monkeypatch.setenv("SAFESEND_KEY", "22" * 32)
    with SuppressionList(tmp_path / "a.db") as one:
        one.add([ADA], "complaint", now=NOW)
        exported = "\n".join(one.export()).encode()
    with SuppressionList(tmp_path / "b.db") as two:
        two.import_file(io.BytesIO(exported))
        assert two.entries(ADA) == [Entry(Reason.COMPLAINT, "", NOW)]


@pytest.mark.parametrize("text", ["", ":memory:", "postgresql://x/y", "a\0b"])
def test_it_is_the_path_of_a_file(text):
    """
    A list that is forgotten would be of no use.
    """
    with pytest.raises(ConfigurationError, match="the path of a file"):
        SuppressionList(text)


def test_a_ledger_is_no_list_and_a_list_no_ledger(shared, path):
    """
    Neither is taken for the other by a slip.
    """
    shared.close()
    with pytest.raises(LedgerError, match="another path for the ledger"):
        open_ledger(path)
    open_ledger(path.with_name("ledger.db")).close()
    with pytest.raises(LedgerError, match="another path for the suppression list"):
        SuppressionList(path.with_name("ledger.db"))


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_a_list_that_is_gone_is_asked_no_more(shared, path, fate):
    """
    What stands there now may say something else, and nothing says everybody may go.
    """
    shared.add([ADA])
    path.rename(path.with_name("away.db"))
    if fate == "replaced":
        path.write_bytes(b"x" * 4096)
    for ask in (lambda: which(shared, ADA), lambda: shared.has(ADA)):
        with pytest.raises(LedgerError, match=r"suppression list .* deleted, moved"):
            ask()


def test_a_bad_file_is_told_and_nothing_of_it_imported(shared, tmp_path):
    """
    With file, line and column.
    """
    file = tmp_path / "left.csv"
    file.write_text(f"name,email\nAda,{ADA}\nBob,bob\n")
    with pytest.raises(AudienceError, match="nothing was imported") as caught:
        shared.import_file(file)
    [problem] = caught.value.problems
    assert (problem.file, problem.line, problem.column) == (str(file), 3, "email")
    assert not shared.counts()


def test_people_are_imported_from_a_file(shared, tmp_path):
    """
    Who stands there twice is one; bad lines are left out where that was asked for.
    """
    file = tmp_path / f"left {ADA}.csv"
    file.write_text(f"name,email\nAda,{ADA}\nA,Ada@example.org\nBob,bob\n")
    done = shared.import_file(
        file, "unsubscribed", skip_invalid=True, expires=NOW + 9, actor="me", now=NOW
    )
    assert done == Imported(new=1, read=2, skipped=1)
    [entry] = shared.entries(ADA, NOW)
    assert entry == Entry(Reason.UNSUBSCRIBED, "left a…@example.org.csv", NOW, NOW + 9)
    assert shared.deeds() == [Deed(NOW, "me", "import", 2, "left a…@example.org.csv")]


def test_a_source_can_be_named(shared):
    """
    And the column; the moment is now unless told.
    """
    before = time.time()
    content = io.BytesIO(b"who,contact\nx,ada@example.org\n")
    shared.import_file(content, address="contact", source="the old program")
    [entry] = shared.entries(ADA)
    assert (entry.source, entry.expires) == ("the old program", None)
    assert before <= entry.since <= time.time()


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([ADA, BOB, "cy@example.net", "@example.org", "@example.net"]),
        st.sampled_from(Reason),
        st.none() | st.floats(NOW + 10, NOW + 9 * DAY),
        st.sampled_from(["", "crm.csv", "bü"]),
    ),
    max_size=8,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
def test_an_export_is_the_whole_list(tmp_path_factory, monkeypatch, people):
    """
    Imported under the same key it says the same, and a second time nothing new.
    """
    monkeypatch.setenv("SAFESEND_KEY", "33" * 32)
    folder = tmp_path_factory.mktemp("lists")
    with (
        SuppressionList(folder / "a.db") as one,
        SuppressionList(folder / "b.db") as two,
    ):
        for person, reason, expires, source in people:
            one.add([person], reason, expires=expires, source=source, now=NOW)
        exported = list(one.export(NOW))
        content = "\n".join(exported).encode()
        done = two.import_file(io.BytesIO(content), now=NOW)
        assert done == Imported(len(exported) - 1, len(exported) - 1)
        assert list(two.export(NOW)) == exported
        assert two.counts(NOW) == one.counts(NOW)
        assert two.import_file(io.BytesIO(content), now=NOW).new == 0


def test_an_export_of_another_key_is_refused(shared, tmp_path):
    """
    Its digests mean nobody here; nothing is imported.
    """
    home = tmp_path / "other keys"
    with SuppressionList(tmp_path / "other.db", key_home=home) as other:
        other.add([ADA])
        content = "\n".join(other.export()).encode()
    with pytest.raises(LedgerKeyError, match="under another key"):
        shared.import_file(io.BytesIO(content))
    assert not shared.counts()


def test_a_damaged_export_is_told_by_line(shared, path, tmp_path):
    """
    All of it is imported, or what is good where that was asked for.
    """
    shared.add([ADA, BOB], now=NOW)
    lines = list(shared.export())
    for person in (ADA, BOB):
        shared.remove(person, actor="me", reason="x")
    file = tmp_path / "exported.jsonl"
    file.write_text("\n".join([*lines[:2], "broken", lines[2]]))
    with pytest.raises(AudienceError, match=r"exported.jsonl:3: .*\n?") as caught:
        shared.import_file(file)
    assert "nothing was imported" in str(caught.value)
    assert not shared.counts()
    assert shared.import_file(file, skip_invalid=True) == Imported(2, 2, 1)


def test_an_export_that_ends_in_the_middle_of_a_letter_is_told(shared):
    """
    As some editors write it, and some disks cut it.
    """
    content = next(shared.export()).encode("utf-16") + b"\x00\xd8"
    with pytest.raises(AudienceError, match="is not utf-8"):
        shared.import_file(io.BytesIO(content))


def test_a_long_list_is_exported_in_pages(shared):
    """
    Every entry once.
    """
    people = [f"p{number}@example.org" for number in range(2500)]
    shared.add(people, "complaint")
    shared.add(people[::2], "unsubscribed")
    lines = list(shared.export())
    assert len(lines) == len(set(lines)) == 1 + 2500 + 1250


def test_threads_may_share_it(shared):
    """
    Each of them adds and asks; nothing gets lost.
    """
    failed = []

    def work(part):
        try:
            for number in range(40):
                shared.add([f"p{part}-{number}@example.org"])
                assert shared.has(f"p{part}-{number}@example.org")
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert failed == []
    assert shared.counts()[Reason.BY_HAND].number == 160


ADDING = """
import sys
from safesend import SuppressionList
with SuppressionList(sys.argv[1]) as shared:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        shared.add([f"{sys.argv[2]}-{number}@example.org", "both@example.org"])
        print(number, flush=True)
"""


def start(path, name, times):
    return subprocess.Popen(
        [sys.executable, "-c", ADDING, str(path), name, str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_add_at_once(tmp_path):
    """
    They make the list together, wait for one another, and nothing gets lost.
    """
    children = [start(tmp_path / "a.db", name, 30) for name in ("one", "two")]
    for child in children:
        assert next_line(child) == "ready"
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=300)
    assert [child.returncode for child in children] == [0, 0]
    with SuppressionList(tmp_path / "a.db") as shared:
        assert shared.counts()[Reason.BY_HAND].number == 61
        assert shared.has("one-29@example.org")
        assert shared.has("two-0@example.org")


def test_kill_in_the_middle_leaves_whole_additions(tmp_path):
    """
    What `add` came back from is there after kill -9, and no half of another one.
    """
    path = tmp_path / "a.db"
    child = start(path, "one", 100_000)
    try:
        assert next_line(child) == "ready"
        child.stdin.write("\n")
        child.stdin.flush()
        for _ in range(50):
            last = int(next_line(child))
    finally:
        kill(child)
        rest = child.stdout.read().split()
        child.stdin.close()
        child.stdout.close()
    done = max([last, *map(int, rest)]) + 1
    with SuppressionList(path) as shared:
        number = shared.counts()[Reason.BY_HAND].number
        assert shared.has(f"one-{done - 1}@example.org")
        # At most the one of which it was killed before it could say so.
        assert number - 1 in {done, done + 1}
        assert shared.add([ADA]) == 1


# Those who leave by themselves.


def test_a_link_puts_its_reader_on_the_list(tmp_path):
    """Whoever has it, and however often it is clicked."""
    with SuppressionList(tmp_path / "never.db", key_home=tmp_path / "k") as never:
        token = never.unsubscribe_key().token(Address.parse(ADA), "spring")
        assert never.unsubscribe(token, NOW) is True
        assert never.unsubscribe(token, NOW + 1) is False
        [entry] = never.entries(ADA)
        assert (entry.reason, entry.source) == (Reason.UNSUBSCRIBED, "spring")
        assert entry.since == NOW


def test_a_link_that_was_only_tried_puts_nobody_on_the_list(tmp_path):
    """
    It is one of this list's all the same, and not told apart.
    """
    with SuppressionList(tmp_path / "never.db", key_home=tmp_path / "k") as never:
        token = never.unsubscribe_key().trying().token(Address.parse(ADA), "spring")
        assert never.unsubscribe(token, NOW) is False
        assert not never.counts()


def test_a_link_of_another_list_does_nothing(tmp_path):
    """
    Nor does what is no token.
    """
    with (
        SuppressionList(tmp_path / "a.db", key_home=tmp_path / "a") as one,
        SuppressionList(tmp_path / "b.db", key_home=tmp_path / "b") as other,
    ):
        token = other.unsubscribe_key().token(Address.parse(ADA), "spring")
        assert [one.unsubscribe(text) for text in (token, "", "v1")] == [None] * 3
        assert not one.has(ADA)


def test_a_list_has_an_id(tmp_path):
    """
    The same whenever it is opened, and another one than that of others.
    """
    home = tmp_path / "home"
    names = ("a.db", "a.db", "b.db")
    found = []
    for name in names:
        with SuppressionList(tmp_path / name, key_home=home) as shared:
            found.append(shared.id)
    assert found[0] == found[1] != found[2]
