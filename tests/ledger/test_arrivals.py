import os
import signal
import stat
import subprocess
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.scenes import child, kill, next_line
from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger import arrivals, open_ledger
from safesend.ledger.arrivals import OwnArrivals, SharedArrivals, arrivals_path

BOOT = "6715e645-36bc-4ed2-b98f-e7f088fec39d"

# A process that has the times and answers one line with one line.
SERVANT = """
import signal, os
times = ledger.arrivals()
print("ready", flush=True)
for line in sys.stdin:
    verb, name, number = line.split()
    slot = times.slot(name)
    with times.locked() as held:
        if verb == "set":
            held[slot] = float(number)
        if verb == "stop":
            print("stopping", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
        if verb == "die":
            held[slot] = float(number)
            os.kill(os.getpid(), signal.SIGKILL)
        found = held[slot]
    print(slot, found, flush=True)
"""

COUNTER = """
times = ledger.arrivals()
print("ready", flush=True)
sys.stdin.readline()
slot = times.slot("all")
done = 0
while done < 3000:
    with times.locked() as held:
        if held is not None:
            held[slot] += 1.0
            done += 1
print("done", flush=True)
"""

MAKER = """
from safesend.ledger.arrivals import SharedArrivals
print("ready", flush=True)
for line in sys.stdin:
    shared = SharedArrivals(Path(line.strip()), "a boot")
    slots = [shared.slot(str(number)) for number in range(20)]
    with shared.locked() as held:
        print(slots, flush=True)
    shared.close()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db.pace"


@contextmanager
def shared(path, boot=BOOT):
    with closing(SharedArrivals(path, boot)) as found:
        yield found


def get(times, name):
    with times.locked() as held:
        return held[times.slot(name)]


def put(times, name, number):
    slot = times.slot(name)
    with times.locked() as held:
        held[slot] = number


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def ask(process, *words):
    process.stdin.write(" ".join(map(str, words)) + "\n")
    process.stdin.flush()
    return next_line(process)


# What one process sees


@pytest.mark.parametrize("kind", ["own", "shared"])
def test_a_throttle_is_found_by_its_name(kind, path):
    """
    Each has one number, which begins at zero.
    """
    times = OwnArrivals() if kind == "own" else SharedArrivals(path, BOOT)
    names = [f"throttle {number}" for number in range(100)]
    slots = [times.slot(name) for name in names]

    assert len(set(slots)) == 100
    assert [times.slot(name) for name in reversed(names)] == slots[::-1]
    put(times, names[7], 12.5)
    assert [get(times, name) for name in names[6:9]] == [0.0, 12.5, 0.0]


@given(st.dictionaries(st.text(max_size=9), st.floats(allow_nan=False), max_size=30))
@settings(max_examples=40)
def test_what_was_kept_is_found_again(tmp_path_factory, known):
    """
    Whatever the names are, in whatever order they are asked for.
    """
    path = tmp_path_factory.mktemp("pace") / "a.pace"
    with shared(path) as times:
        for name, number in known.items():
            put(times, name, number)
    with shared(path) as times:
        assert {name: get(times, name) for name in sorted(known)} == known


def test_the_file_is_private_and_lies_beside_the_ledger(tmp_path):
    """
    Also one that was there before, and whatever the umask says.
    """
    path = arrivals_path(tmp_path / "a.db")
    before = os.umask(0)
    try:
        SharedArrivals(path, BOOT).close()
        assert path.name == "a.db.pace"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o666)
        SharedArrivals(path, BOOT).close()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_closing_twice_is_allowed(path):
    """
    And the file stays.
    """
    times = SharedArrivals(path, BOOT)
    times.close()
    times.close()

    assert path.exists()


def test_a_name_can_be_asked_for_while_the_times_are_held(path):
    """
    Others still have to wait until the times are let go.
    """
    with shared(path) as times, shared(path) as other:
        with times.locked() as held:
            held[times.slot("new")] = 3.0
            with other.locked() as none:
                assert none is None
        assert get(other, "new") == 3.0


def test_the_times_are_let_go_after_an_error(path):
    """
    Nobody waits for what failed elsewhere.
    """
    with shared(path) as times, shared(path) as other:
        with pytest.raises(ZeroDivisionError), times.locked():
            1 / 0  # noqa: B018
        with other.locked() as held:
            assert held is not None


def test_more_throttles_than_there_is_room_for_share(path):
    """
    Each still has a number, the same in every process and quickly found.
    """
    names = [f"throttle {number}" for number in range(arrivals._SLOTS + 500)]
    with shared(path) as times, shared(path) as other:
        slots = [times.slot(name) for name in names]
        assert slots == [other.slot(name) for name in names]
        assert set(slots) <= set(range(arrivals._SLOTS))
        # No slot carries the burden of all who found no room.
        assert max(slots.count(slot) for slot in set(slots)) < 20
        # Who has one of its own keeps it.
        assert len(set(slots[:1000])) == 1000


# Files that cannot be believed


def test_times_of_another_boot_are_forgotten(path):
    """
    The clock that they are of began anew.
    """
    with shared(path) as times:
        put(times, "all", 99_999.0)
    with shared(path, "another boot") as times:
        assert get(times, "all") == 0.0
        assert times.slot("other") != times.slot("all")


def test_without_a_boot_the_times_are_forgotten_and_the_names_stay(path):
    """
    The machine may have started again; another process may use the names.
    """
    with shared(path, "") as times:
        slots = [times.slot(name) for name in ("one", "two")]
        put(times, "two", 99_999.0)
        with shared(path, "") as other:
            assert [other.slot(name) for name in ("two", "one")] == slots[::-1]
            assert get(other, "two") == 0.0


def spoil_header(content):
    return b"x" + content[1:]


def cut(content):
    return content[:-1]


def cut_to_the_header(content):
    return content[:48]


def empty(content):
    return b""


def other_program(content):
    return b"hello " * 100_000


@pytest.mark.parametrize(
    "damage", [spoil_header, cut, cut_to_the_header, empty, other_program]
)
def test_a_damaged_file_starts_from_zero(path, damage):
    """
    Once: from then on it is as good as a new one.
    """
    with shared(path) as times:
        put(times, "all", 99_999.0)
    path.write_bytes(damage(path.read_bytes()))
    with shared(path) as times:
        assert get(times, "all") == 0.0
        put(times, "other", 5.0)
    with shared(path) as times:
        assert get(times, "other") == 5.0
        assert get(times, "all") == 0.0


def test_a_preparation_that_was_cut_short_is_done_again(path):
    """
    Its header comes last: times from before are never taken for new ones.
    """
    with shared(path) as times:
        put(times, "all", 99_999.0)
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(bytes(half) + content[half:])

    with shared(path, "another boot") as times:
        assert get(times, "all") == 0.0


# Places where no file can be


def test_a_link_is_refused(path, tmp_path):
    """
    What it points to is left as it is.
    """
    (tmp_path / "precious").write_bytes(b"precious")
    path.symlink_to(tmp_path / "precious")

    with pytest.raises(LedgerError, match="is a link; remove it"):
        SharedArrivals(path, BOOT)
    assert (tmp_path / "precious").read_bytes() == b"precious"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(path, make):
    """
    The error names it, and nothing stays open.
    """
    make(path)
    before = open_files()

    with pytest.raises(LedgerError, match=path.name):
        SharedArrivals(path, BOOT)
    assert open_files() <= before


@pytest.fixture
def mounted(tmp_path):
    """A small file system of its own, to fill up and to write-protect."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    made = subprocess.run(["mount", *options], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small file system needs the rights of root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_explained(mounted):
    """
    And it is an error at once, not the end of the process at a later store.
    """
    before = open_files()
    with pytest.raises(LedgerError, match="disk is full; make room and run again"):
        SharedArrivals(mounted / "a.pace", BOOT)
    assert open_files() <= before

    subprocess.run(["mount", "-o", "remount,size=640k", mounted], check=True)
    with shared(mounted / "a.pace") as times:
        (mounted / "rest").write_bytes(bytes(450_000))
        put(times, "all", 1.0)
        assert get(times, "all") == 1.0


def test_a_folder_that_cannot_be_written_to_is_explained(mounted):
    """
    Whether the file is there already or not.
    """
    subprocess.run(["mount", "-o", "remount,size=640k", mounted], check=True)
    SharedArrivals(mounted / "old.pace", BOOT).close()
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)

    for name in ("old.pace", "new.pace"):
        with pytest.raises(LedgerError, match="check the permissions"):
            SharedArrivals(mounted / name, BOOT)


def test_a_folder_of_somebody_else_is_explained(path):
    """
    Whoever may not write there is told so.
    """
    path.parent.chmod(0o500)
    user = os.geteuid()
    try:
        os.seteuid(user or 65_534)
        with pytest.raises(LedgerError, match="check the permissions"):
            SharedArrivals(path, BOOT)
    finally:
        os.seteuid(user)
        path.parent.chmod(0o700)


# With other processes


def test_two_processes_share_the_times(tmp_path):
    """
    What the one keeps the other finds, by name.
    """
    path = tmp_path / "a.db"
    with child(SERVANT, path) as other, closing(open_ledger(path)) as ledger:
        times = ledger.arrivals()
        put(times, "mine", 4.0)
        slot, number = ask(other, "get", "mine", 0).split()
        assert (int(slot), float(number)) == (times.slot("mine"), 4.0)
        ask(other, "set", "theirs", 8.5)
        assert get(times, "theirs") == 8.5
        assert get(times, "mine") == 4.0


def test_a_process_that_is_killed_leaves_its_times(tmp_path):
    """
    It takes its lock with it, even when it died within.
    """
    path = tmp_path / "a.db"
    with closing(open_ledger(path)) as ledger:
        times = ledger.arrivals()
        with child(SERVANT, path) as other:
            ask(other, "set", "one", 8.5)
            kill(other)
        with child(SERVANT, path) as other:
            ask(other, "die", "two", 9.5)
            other.wait()
        assert get(times, "one") == 8.5
        assert get(times, "two") == 9.5


def test_a_stopped_process_is_not_waited_for(tmp_path):
    """
    Who wants the times tries again later; who needs them is told what to do.
    """
    path = tmp_path / "a.db"
    with closing(open_ledger(path)) as ledger, child(SERVANT, path) as other:
        times = ledger.arrivals()
        known = times.slot("all")
        assert ask(other, "stop", "all", 0) == "stopping"
        os.waitid(os.P_PID, other.pid, os.WSTOPPED | os.WNOWAIT)
        with times.locked() as held:
            assert held is None
        assert times.slot("all") == known
        with pytest.raises(LedgerBusy, match="let it go on or end it"):
            times.slot("new")
        with closing(open_ledger(path)) as late, pytest.raises(LedgerBusy):
            late.arrivals()
        other.send_signal(signal.SIGCONT)
        next_line(other)
        assert get(times, "new") == 0.0


def test_a_short_stop_is_waited_for(tmp_path):
    """
    The lock is let go within a moment, and nobody hears of it.
    """
    path = tmp_path / "a.db"
    with closing(open_ledger(path)) as ledger, child(SERVANT, path) as other:
        times = ledger.arrivals()
        assert ask(other, "stop", "all", 0) == "stopping"
        os.waitid(os.P_PID, other.pid, os.WSTOPPED | os.WNOWAIT)
        wake = threading.Timer(0.2, other.send_signal, [signal.SIGCONT])
        wake.start()
        assert times.slot("new") != times.slot("all")
        wake.join()


def test_processes_that_count_at_once_lose_nothing(tmp_path):
    """
    Nobody changes a time while another does.
    """
    path = tmp_path / "a.db"
    with (
        closing(open_ledger(path)) as ledger,
        child(COUNTER, path) as one,
        child(COUNTER, path) as other,
    ):
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [next_line(process) for process in (one, other)] == ["done", "done"]
        assert get(ledger.arrivals(), "all") == 6000.0


def test_processes_that_make_the_file_at_once_agree(tmp_path):
    """
    Also when it is damaged or of another boot: it is prepared once.
    """
    ledger = tmp_path / "a.db"
    with child(MAKER, ledger) as one, child(MAKER, ledger) as other:
        for number in range(60):
            path = tmp_path / f"{number}.pace"
            if number % 3 == 1:
                path.write_bytes(b"x" * number)
            if number % 3 == 2:
                SharedArrivals(path, BOOT).close()
            for process in (one, other):
                process.stdin.write(f"{path}\n")
                process.stdin.flush()
            assert next_line(one) == next_line(other)


def test_who_comes_later_leaves_the_times_in_use(path):
    """
    A file of this boot is not prepared a second time.
    """
    with shared(path) as times:
        put(times, "all", 5.0)
        for _ in range(3):
            SharedArrivals(path, BOOT).close()
        assert get(times, "all") == 5.0
