"""integrations/celery/rules.py: the table of settings, row by row, on real apps."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest
from celery.concurrency.base import BasePool
from celery.worker import WorkController
from kombu import Queue

from integrations.celery.apps import app_of
from safesend.errors import ConfigurationError
from safesend.integrations.celery.rules import ALL_RULES

REDIS = "redis://cache.example/0"
SQS = "sqs://key:secret@"
CLASSIC = {"task_queues": [Queue("mail")], "task_default_queue": "mail"}
QUORUM = Queue("mail", queue_arguments={"x-queue-type": "quorum"})


class Green(BasePool):
    """What gevent's and eventlet's pools say of themselves."""

    is_green = True


def _annotated(**traits: Any) -> dict[str, Any]:
    return {"task_annotations": {"safesend.pump": traits}}


def refused(settings, broker: str = "amqp://mq.example", **worker: Any) -> str:
    """What a worker says that does not start."""
    app = app_of(settings, broker=broker)
    with pytest.raises(ConfigurationError) as caught:
        WorkController(app=app, **{"pool_cls": "solo", "concurrency": 1, **worker})
    return str(caught.value)


@pytest.mark.parametrize("broker", ["amqp://mq.example", REDIS, SQS, "memory://"])
@pytest.mark.parametrize("pool", ["prefork", "solo", "threads"])
def test_three_lines_are_safe(broker, pool):
    """
    With every broker, and every pool that it works with, nothing need be set.
    """
    WorkController(app=app_of(broker=broker), pool_cls=pool, concurrency=1)


ROWS = [
    ("broker_url", {}, {"broker": "filesystem://"}, "use RabbitMQ, Redis or SQS"),
    ("task_always_eager", {"task_always_eager": True}, {}, "always_eager = False"),
    ("task_acks_late", _annotated(acks_late=False), {}, "has acks_late = False"),
    (
        "task_reject_on_worker_lost",
        _annotated(reject_on_worker_lost=False),
        {},
        "only takes other rows",
    ),
    (
        "task_acks_on_failure_or_timeout",
        _annotated(acks_on_failure=False, acks_on_failure_or_timeout=False),
        {},
        "beat wakes what a pump could not do",
    ),
    ("task_ignore_result", _annotated(ignore_result=False), {}, "are in the ledger"),
    ("rate_limit", _annotated(rate_limit="10/m"), {}, "is said by throttle="),
    ("max_retries", _annotated(max_retries=3), {}, "the ledger says what is tried"),
    (
        "task_retry_on_worker_lost",
        _annotated(retry_on_worker_lost=True),
        {},
        "the broker brings it back already",
    ),
    ("task_time_limit", _annotated(time_limit=60), {}, "takes 120 seconds and more"),
    (
        "task_soft_time_limit",
        {"task_annotations": {"*": {"soft_time_limit": 30}}},
        {},
        "safesend.wake has soft_time_limit = 30",
    ),
    ("accept_content", {"accept_content": ["pickle"]}, {}, "leaves out 'json'"),
    (
        "worker_prefetch_multiplier",
        {"worker_prefetch_multiplier": 4},
        {},
        "app.conf.worker_prefetch_multiplier = 1",
    ),
    ("worker_prefetch_multiplier", {}, {"prefetch_multiplier": 2}, "multiplier is 2"),
    ("worker_pool", {}, {"pool_cls": Green}, "use --pool=prefork, threads or solo"),
    (
        "visibility_timeout",
        {"broker_transport_options": {"visibility_timeout": 300}},
        {"broker": REDIS},
        "visibility_timeout is 300 seconds: Redis would hand out again",
    ),
    (
        "visibility_timeout",
        {"task_time_limit": 7200},
        {"broker": REDIS},
        '"visibility_timeout": 7201',
    ),
    (
        "visibility_timeout",
        {"broker_transport_options": {"visibility_timeout": 300}},
        {"broker": SQS},
        "SQS would hand out again",
    ),
    (
        "visibility_timeout",
        {"broker_transport_options": {"visibility_timeout": 50_000}},
        {"broker": SQS},
        "AWS takes at most 43200",
    ),
    (
        "task_default_queue_type",
        {"task_default_queue_type": "classic"},
        {},
        "the queue 'celery' is of the type 'classic'",
    ),
    ("task_default_queue_type", CLASSIC, {}, "the queue 'mail' is of the type"),
    (
        "confirm_publish",
        {"broker_transport_options": {"client_properties": {}}},
        {},
        '{"confirm_publish": True}',
    ),
    ("worker_autoscaler", {}, {"autoscale": "4,1"}, "use --concurrency"),
    (
        "worker_soft_shutdown_timeout",
        {"worker_soft_shutdown_timeout": 10.0},
        {},
        "worker_soft_shutdown_timeout = 120",
    ),
    (
        "worker_cancel_long_running_tasks_on_connection_loss",
        {"worker_cancel_long_running_tasks_on_connection_loss": True},
        {},
        "killed in the middle of a message",
    ),
]


@pytest.mark.parametrize(("name", "settings", "worker", "words"), ROWS)
def test_what_is_unsafe_stops_the_worker(name, settings, worker, words):
    """
    It is named with what to write instead, and nothing else is found wrong.
    """
    said = refused(settings, **worker)
    assert words in said
    assert len(re.findall(r"^- ", said, re.MULTILINE)) <= 2  # both tasks, or one row


def test_a_schedule_that_lost_our_entry_gets_it_back_or_stops_the_worker():
    """
    Set before the app is finalized it is only added to; set afterwards it is missed.
    """
    app = app_of()
    app.conf.beat_schedule = {"tea": {"task": "shop.tea", "schedule": 60}}
    app.finalize()
    assert set(app.conf.beat_schedule) == {"tea", "safesend.wake"}
    app.conf.beat_schedule = {}
    with pytest.raises(ConfigurationError, match=r"no entry for safesend\.wake"):
        WorkController(app=app, pool_cls="solo", concurrency=1)


def test_every_row_is_tried():
    """
    The table has no row that no test knows.
    """
    tried = {row[0] for row in ROWS} | {"beat_schedule"}
    assert tried == set(chain.from_iterable(rule.settings for rule in ALL_RULES))


def test_what_belongs_to_workers_is_not_asked_of_others():
    """
    Whoever enqueues has no pool.
    """
    app = app_of({"worker_prefetch_multiplier": 4, "worker_soft_shutdown_timeout": 1})
    app.safesend.refuse_unsafe()
    with pytest.raises(ConfigurationError, match="prefetch"):
        WorkController(app=app, pool_cls="solo", concurrency=1)


def test_a_redis_without_prefetch_needs_no_multiplier():
    """
    Celery 5.6 and later can do without.
    """
    both = {"worker_prefetch_multiplier": 4, "worker_disable_prefetch": True}
    app = app_of(both, broker=REDIS)
    WorkController(app=app, pool_cls="solo", concurrency=1)
    assert "multiplier" in refused(both)


def test_a_quorum_queue_of_its_own_is_as_good():
    """
    Where an old app keeps classic queues, pumps may be routed elsewhere.
    """
    settings = {
        "task_default_queue_type": "classic",
        "task_queues": [Queue("celery"), QUORUM],
        "task_routes": {"safesend.*": {"queue": "mail"}},
    }
    WorkController(app=app_of(settings), pool_cls="solo", concurrency=1)


def test_longer_pumps_need_longer_limits():
    """
    Ten times a pump's time is more than Redis gives by default.
    """
    app = app_of(broker=REDIS, seconds=600)
    with pytest.raises(ConfigurationError, match='"visibility_timeout": 6000'):
        app.safesend.refuse_unsafe()
