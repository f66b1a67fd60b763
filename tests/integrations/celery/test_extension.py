"""integrations/celery/extension.py: tasks, beat, defaults, and asking for a pump."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing

import pytest
from celery import Celery, signals

from integrations.celery.apps import LEDGER, app_of
from integrations.celery.workers import letter
from safesend.errors import BrokerError, ConfigurationError
from safesend.integrations.celery import Safesend
from safesend.integrations.celery.extension import PUMP, WAKE
from safesend.ledger import open_ledger

MEMORY = "memory://"


def drained(app: Celery) -> list[dict]:
    """What lies in the queue of an app in memory, with its headers."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        while len(queue):
            message = queue.get(block=False)
            message.ack()
            found.append({"body": message.payload, "headers": message.headers})
    return found


@pytest.fixture
def app(tmp_path):
    """An app whose broker is this process's memory."""
    own = app_of(broker=MEMORY, ledger=tmp_path / "mail.db", via=f"eml:{tmp_path}/out")
    drained(own)
    return own


def test_it_makes_two_tasks_and_an_entry_for_beat():
    """
    They are acknowledged late, never limited, never tried again, and leave no result.
    """
    app = app_of()
    app.finalize()
    for name in PUMP, WAKE:
        task = app.tasks[name]
        assert (task.acks_late, task.reject_on_worker_lost) == (True, True)
        assert (task.ignore_result, task.rate_limit, task.max_retries) == (True, 0, 0)
    entry = app.conf.beat_schedule[WAKE]
    assert (entry["task"], entry["schedule"]) == (WAKE, 30)
    assert entry["options"] == {"expires": 30, "expiration": 30}


def test_what_somebody_set_counts_whenever_it_was_set():
    """
    Before and after, in Python, in an object or with a namespace.
    """

    class Settings:
        CELERY_WORKER_PREFETCH_MULTIPLIER = 7
        CELERY_SAFESEND_LEDGER = LEDGER
        CELERY_SAFESEND_PUMPS = 9
        CELERY_SAFESEND_WAKE_EVERY = 5

    app = Celery("shop", set_as_current=False)
    app.config_from_object(Settings, namespace="CELERY")
    extension = Safesend(app)
    assert app.conf.worker_prefetch_multiplier == 7
    assert app.conf.task_default_queue_type == "quorum"
    assert (extension.ledger, extension.setup.pumps) == (LEDGER, 9)
    assert app.conf.beat_schedule[WAKE]["schedule"] == 5
    app.conf.worker_prefetch_multiplier = 3
    assert app.conf.worker_prefetch_multiplier == 3


def test_it_may_come_before_the_settings():
    """
    The three lines stand in any order.
    """
    app = Celery("shop", set_as_current=False)
    extension = Safesend(app)
    app.config_from_object({"safesend_ledger": LEDGER, "worker_concurrency": 3})
    assert extension.ledger == LEDGER
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.worker_soft_shutdown_timeout == 120
    assert app.conf.worker_concurrency == 3


def test_it_may_come_after_the_settings_were_read():
    """
    Whoever looked at them before has them completed.
    """
    app = Celery("shop", set_as_current=False)
    app.conf.worker_concurrency = 3
    assert app.conf.worker_prefetch_multiplier == 4
    assert app.configured
    Safesend(app, ledger=LEDGER)
    assert app.conf.worker_prefetch_multiplier == 1
    assert WAKE in app.conf.beat_schedule


def test_a_worker_that_is_told_to_go_tells_its_pumps():
    """
    Celery says it in the first process, at the first signal.
    """
    app = app_of()
    signals.worker_shutting_down.send(sender="one@here", sig="SIGTERM", how="Warm")
    assert app.safesend.farewell.said


def test_longer_pumps_have_longer_to_finish():
    """
    The default follows what was given.
    """
    assert app_of(seconds=300).conf.worker_soft_shutdown_timeout == 360


def test_one_app_has_one():
    """
    Twice would be two ledgers for one task.
    """
    app = app_of()
    with pytest.raises(ConfigurationError, match="for this app already"):
        Safesend(app, ledger=LEDGER)


def test_asking_for_a_pump_names_no_person_and_no_secret(app):
    """
    Its arguments are a name and a number, whatever the ledger and the carrier are.
    """
    task = app.safesend.start("spring")
    [sent] = drained(app)
    assert sent["body"][0] == ["spring", 0]
    assert sent["headers"]["id"] == task
    text = json.dumps([sent["body"], sent["headers"]])
    assert "mail.db" not in text
    assert "@example" not in text
    # A date is what brokers repeat or sit on.
    assert sent["headers"]["eta"] is None


def test_waking_asks_for_pumps_that_expire(app):
    """
    Nothing piles up while nobody takes them; the next look finds the same rows.
    """
    assert letter(3).enqueue(app).waiting == 3
    [first] = drained(app)
    assert first["headers"]["expires"] is None
    for _ in range(2):
        assert app.tasks[WAKE]() == "1 pumps"
    woken = drained(app)
    assert [sent["body"][0] for sent in woken] == [["spring", 0], ["spring", 0]]
    assert all(sent["headers"]["expires"] for sent in woken)


def test_a_pump_sends(app, tmp_path):
    """
    The task does what its name says, in whatever process it is called.
    """
    letter(3).enqueue(app)
    assert app.tasks[PUMP]("spring") == "3 tried, 0 wait"
    assert len([*(tmp_path / "out").glob("*.eml")]) == 3
    assert app.tasks[WAKE]() == "0 pumps"


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1"])
def test_a_broker_that_is_down_is_told_and_nobody_is_lost(broker, tmp_path):
    """
    Everybody is enrolled; it says who goes on, and how many wait.
    """
    app = app_of(broker=broker, ledger=tmp_path / "mail.db", via="memory:")
    with pytest.raises(BrokerError, match="the ledger has everybody") as caught:
        letter(3).enqueue(app)
    assert caught.value.__notes__ == ["spring: 3 of its people wait in the ledger."]
    with closing(open_ledger(tmp_path / "mail.db")) as book:
        assert [one.name for one in book.campaigns()] == ["spring"]


def test_without_celery_it_says_what_to_install(tmp_path):
    """
    Importing safesend does without; the integration names its extra.
    """
    (tmp_path / "celery.py").write_text("raise ImportError('none here')\n")
    code = "import safesend\nimport safesend.integrations.celery"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ConfigurationError" in done.stderr
    assert "pip install 'safesend[celery]'" in done.stderr
