"""integrations/celery/seen.py: what there is to be seen of an app."""

from __future__ import annotations

import pytest
from celery.worker import WorkController

from integrations.celery.apps import app_of
from safesend.integrations.celery.extension import PUMP, WAKE
from safesend.integrations.celery.seen import seen

NAMES = PUMP, WAKE


def test_nothing_need_be_reached_to_look():
    """
    Brokers are known by their URLs, those of reading and of writing.
    """
    app = app_of(
        {
            "broker_read_url": "rediss://cache.example/0",
            "broker_write_url": "pyamqp://mq.example",
        }
    )
    assert seen(app, NAMES, 60.0).brokers == {"redis", "amqp"}


@pytest.mark.parametrize("value", [True, False])
def test_one_setting_for_both_ends_is_understood(value):
    """
    Before 5.6 failing and taking too long were one.
    """
    app = app_of()
    task = app.tasks[PUMP]
    task.acks_on_failure = task.acks_on_timeout = None
    task.acks_on_failure_or_timeout = value
    [pump, wake] = seen(app, NAMES, 60.0).tasks
    assert (pump.acks_on_failure_or_timeout, wake.acks_on_failure_or_timeout) == (
        value,
        True,
    )


def test_a_worker_is_seen_as_it_was_started():
    """
    What its command says goes before the settings.
    """
    app = app_of({"task_time_limit": 90, "task_soft_time_limit": None})
    worker = WorkController(app=app, pool_cls="threads", concurrency=1)
    found = seen(app, NAMES, 60.0, worker)
    assert found.worker is not None
    assert (found.worker.pool, found.worker.prefetch) == ("thread", 1)
    assert found.limits == (90.0,)
    assert (found.queue, found.queue_type) == ("celery", "quorum")
