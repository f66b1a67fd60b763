"""What there is to be seen of an app of Celery, as a value that rules are held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from celery import Celery

__all__ = ["AtWork", "Seen", "Traits", "seen"]


@attrs.frozen(kw_only=True)
class Traits:
    """A task of ours as it is once settings and annotations had their say."""

    name: str
    acks_late: bool
    reject_on_worker_lost: bool
    acks_on_failure_or_timeout: bool
    """Also where it failed or took too long."""
    ignore_result: bool
    rate_limit: object
    max_retries: int | None
    retries_lost: bool
    serializer: str
    time_limit: float | None
    soft_time_limit: float | None


@attrs.frozen(kw_only=True)
class AtWork:
    """A worker that starts."""

    prefetch: int
    disable_prefetch: bool
    green: bool
    """Whether its pool is gevent or eventlet."""
    pool: str
    autoscale: bool


@attrs.frozen(kw_only=True)
class Seen:
    """An app, and the worker that starts, if it is one that looks."""

    brokers: frozenset[str]
    """Kinds: "amqp", "redis", "sqs" ... of reading and of writing."""
    options: Mapping[str, Any]
    """`broker_transport_options`."""
    queue: str
    queue_type: str
    """Of the queue that pumps go to."""
    eager: bool
    accepts: frozenset[str]
    wakes: bool
    cancels: bool
    soft_shutdown: float
    limits: tuple[float, ...]
    """`task_time_limit` and `task_soft_time_limit`, as far as they are set."""
    seconds: float
    tasks: tuple[Traits, ...]
    worker: AtWork | None = None


def seen(
    app: Celery, names: tuple[str, ...], seconds: float, worker: Any = None
) -> Seen:
    """Look at an app, its tasks of these names, and a worker of it."""
    conf = app.conf
    queue = app.amqp.router.route({}, names[0])["queue"]
    arguments = getattr(queue, "queue_arguments", None) or {}
    limits = conf.task_time_limit, conf.task_soft_time_limit
    return Seen(
        brokers=_brokers(app),
        options=dict(conf.broker_transport_options or {}),
        queue=str(getattr(queue, "name", queue)),
        queue_type=str(arguments.get("x-queue-type", "classic")),
        eager=bool(conf.task_always_eager),
        accepts=frozenset(conf.accept_content),
        wakes=names[1] in {one.get("task") for one in conf.beat_schedule.values()},
        cancels=bool(conf.worker_cancel_long_running_tasks_on_connection_loss),
        soft_shutdown=float(conf.worker_soft_shutdown_timeout or 0),
        limits=tuple(float(one) for one in limits if one),
        seconds=seconds,
        tasks=tuple(_traits(app.tasks[name]) for name in names),
        worker=None if worker is None else _at_work(worker),
    )


def _brokers(app: Celery) -> frozenset[str]:
    """What the URLs mean; nothing is connected."""
    ways = app.connection_for_read(), app.connection_for_write()
    return frozenset(str(way.get_transport_cls().driver_type) for way in ways)


def _traits(task: Any) -> Traits:
    return Traits(
        name=task.name,
        acks_late=bool(task.acks_late),
        reject_on_worker_lost=bool(task.reject_on_worker_lost),
        acks_on_failure_or_timeout=_acks(task),
        ignore_result=bool(task.ignore_result),
        rate_limit=task.rate_limit,
        max_retries=task.max_retries,
        retries_lost=bool(getattr(task, "retry_on_worker_lost", False)),
        serializer=str(task.serializer),
        time_limit=task.time_limit,
        soft_time_limit=task.soft_time_limit,
    )


def _acks(task: Any) -> bool:
    # Until 5.6 one setting for both; it may be None, which means yes.
    whole = getattr(task, "acks_on_failure_or_timeout", None)
    parts = (getattr(task, f"acks_on_{end}", None) for end in ("failure", "timeout"))
    return all(whole is not False if one is None else bool(one) for one in parts)


def _at_work(worker: Any) -> AtWork:
    pool = worker.pool_cls
    return AtWork(
        prefetch=int(worker.prefetch_multiplier),
        disable_prefetch=bool(getattr(worker.app.conf, "worker_disable_prefetch", 0)),
        green=bool(getattr(pool, "is_green", False)),
        pool=str(getattr(pool, "__module__", pool)).rpartition(".")[2],
        autoscale=bool(worker.options.get("autoscale")),
    )
