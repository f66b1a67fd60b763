"""integrations/celery/guard.py: a worker with unsafe settings does not start."""

from __future__ import annotations

import pytest
from celery.exceptions import SecurityError
from celery.worker import WorkController

from integrations.celery.apps import app_of
from integrations.celery.workers import Project
from safesend.errors import ConfigurationError
from safesend.integrations.celery.guard import UnsafeSettings


def test_every_problem_has_a_line():
    """
    Whoever mends them sees all at once; Celery prints it without a traceback.
    """
    error = UnsafeSettings.of(["one", "another"])
    assert str(error).endswith(":\n- one\n- another")
    assert isinstance(error, ConfigurationError)
    assert isinstance(error, SecurityError)


def test_a_worker_that_starts_takes_back_an_earlier_farewell():
    """
    After SIGHUP the same process starts again.
    """
    app = app_of(broker="memory://")
    app.safesend.farewell.say()
    WorkController(app=app, pool_cls="solo", concurrency=1)
    assert not app.safesend.farewell.said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"task_always_eager": True}, "task_always_eager is on"),
        ({"worker_prefetch_multiplier": 8}, "worker_prefetch_multiplier is 8"),
        (
            {"broker_transport_options": {"visibility_timeout": 60}},
            "visibility_timeout is 60 seconds",
        ),
        ({"safesend_pumps": 0}, "safesend_pumps is 0"),
    ],
)
def test_a_real_worker_says_so_and_ends(settings, words, tmp_path):
    """
    It ends with 1 before it reaches for its broker, and prints no traceback.
    """
    project = Project(
        folder=tmp_path,
        broker="redis://127.0.0.1:1/0",
        ledger=str(tmp_path / "mail.db"),
    ).write(settings)
    with project.worker() as worker:
        assert worker.process.wait(60) == 1
    assert words in worker.said
    assert "Traceback" not in worker.said
    assert not (tmp_path / "mail.db").exists()
