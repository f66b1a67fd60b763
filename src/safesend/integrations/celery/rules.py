"""Which settings of Celery are unsafe for pumps, why, and what to write instead.

One function for each row of the table in docs/how-to/celery.md. A problem is a
sentence that names the setting, what to write, and what would happen otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from safesend.integrations.celery.seen import Seen, Traits

__all__ = [
    "ALL_RULES",
    "AMPLE",
    "BUDGET",
    "HARD_LIMIT",
    "SOFT_LIMIT",
    "Rule",
    "problems",
]

SOFT_LIMIT, HARD_LIMIT = 1500.0, 1620.0
"""Seconds for a pump with all that it finishes: RFC 5321 section 4.5.3.2.6 gives a
server ten minutes for the reply to the end of a message."""

AMPLE = 10
"""A broker that re-delivers after a time gives at least so many times a pump's."""

BUDGET = 60.0
"""Seconds that a pump has beyond its own, to finish what is on the wire."""

_AWS_LONGEST = 43_200.0
_DEFAULT_TIMEOUTS = {"redis": 3600.0, "sqs": 1800.0}
_KNOWN = {"amqp": "RabbitMQ", "redis": "Redis", "sqs": "SQS", "memory": "memory"}


@attrs.frozen
class Rule:
    """A row of the table: the settings that it is about, and what is wrong."""

    settings: tuple[str, ...]
    wrong: Callable[[Seen], Iterator[str]]


def problems(seen: Seen) -> Iterator[str]:
    """What is unsafe, a sentence each."""
    for rule in ALL_RULES:
        yield from rule.wrong(seen)


def _broker(seen: Seen) -> Iterator[str]:
    for kind in sorted(seen.brokers - _KNOWN.keys()):
        yield (
            f"broker_url names the broker {kind!r}, of which it is not known what it"
            " does with a task whose worker dies: use RabbitMQ, Redis or SQS"
        )


def _eager(seen: Seen) -> Iterator[str]:
    if seen.eager:
        yield (
            "task_always_eager is on: a pump would run inside of whoever asks for it,"
            " and hold up a request for as long as it sends; write"
            " app.conf.task_always_eager = False (in tests, run a worker)"
        )


def _each(name: str, *, wanted: object, why: str) -> Callable[[Seen], Iterator[str]]:
    """A rule that a trait of our own tasks has one value."""

    def wrong(seen: Seen) -> Iterator[str]:
        for task in seen.tasks:
            if (value := getattr(task, name)) != wanted:
                yield _annotated(task, name, value, why)

    return wrong


def _annotated(task: Traits, name: str, value: Any, why: str) -> str:
    return (
        f"{task.name} has {name} = {value!r}, which only task_annotations can have"
        f" done: leave {task.name} out of them, for {why}"
    )


def _rate_limit(seen: Seen) -> Iterator[str]:
    for task in seen.tasks:
        if task.rate_limit:
            why = (
                "it counts pumps, for each worker alone, and parks them in its slots;"
                " how fast mail leaves is said by throttle="
            )
            yield _annotated(task, "rate_limit", task.rate_limit, why)


def _time_limits(seen: Seen) -> Iterator[str]:
    least = seen.seconds + BUDGET
    for task in seen.tasks:
        for name in ("time_limit", "soft_time_limit"):
            value = getattr(task, name)
            if value is not None and value < least:
                yield _annotated(
                    task,
                    name,
                    value,
                    f"a pump takes {least:g} seconds and more, and one that is cut off"
                    " leaves messages of which nobody knows whether they arrived",
                )


def _json(seen: Seen) -> Iterator[str]:
    if not seen.accepts & {"json", "application/json"}:
        yield (
            "accept_content leaves out 'json', in which pumps are asked for: no worker"
            " would take one; add it"
        )


def _prefetch(seen: Seen) -> Iterator[str]:
    worker = seen.worker
    if worker is None or worker.prefetch == 1:
        return
    if worker.disable_prefetch and seen.brokers == {"redis"}:
        return
    yield (
        f"worker_prefetch_multiplier is {worker.prefetch}: a worker would park pumps"
        " behind those that run while others are idle; write"
        " app.conf.worker_prefetch_multiplier = 1"
    )


def _pool(seen: Seen) -> Iterator[str]:
    if seen.worker is not None and seen.worker.green:
        yield (
            f"--pool={seen.worker.pool} replaces the sockets and threads below the"
            " event loop that sends: use --pool=prefork, threads or solo"
        )


def _visibility(seen: Seen) -> Iterator[str]:
    for kind in sorted(seen.brokers & _DEFAULT_TIMEOUTS.keys()):
        default = _DEFAULT_TIMEOUTS[kind]
        given = float(seen.options.get("visibility_timeout", default))
        longest = max([HARD_LIMIT, *seen.limits])
        least = max(AMPLE * seen.seconds, longest + 1)
        if given < least:
            yield (
                f"visibility_timeout is {given:g} seconds: {_KNOWN[kind]} would hand"
                f" out again what is still at work (time limit {longest:g}); write"
                " app.conf.broker_transport_options ="
                f' {{"visibility_timeout": {least:g}}} in every app on this broker, of'
                " which the shortest value counts"
            )
        if kind == "sqs" and given > _AWS_LONGEST:
            yield (
                f"visibility_timeout is {given:g} seconds, and AWS takes at most"
                f" {_AWS_LONGEST:g}"
            )


def _quorum(seen: Seen) -> Iterator[str]:
    if "amqp" in seen.brokers and seen.queue_type != "quorum":
        yield (
            f"the queue {seen.queue!r} is of the type {seen.queue_type!r}, which"
            " RabbitMQ loses with its node; write"
            ' app.conf.task_default_queue_type = "quorum", or route "safesend.*" to a'
            " quorum queue in task_queues. (A queue that is there already keeps its"
            " type: give the new one another name, task_default_queue)"
        )


def _confirms(seen: Seen) -> Iterator[str]:
    if "amqp" in seen.brokers and not seen.options.get("confirm_publish"):
        yield (
            "confirm_publish is off: what RabbitMQ never got would count as sent; write"
            ' app.conf.broker_transport_options = {"confirm_publish": True}'
        )


def _autoscale(seen: Seen) -> Iterator[str]:
    worker = seen.worker
    if worker is not None and worker.autoscale and "amqp" in seen.brokers:
        yield (
            "--autoscale does not work with quorum queues, which know no prefetch that"
            " changes: use --concurrency"
        )


def _soft_shutdown(seen: Seen) -> Iterator[str]:
    least = seen.seconds + BUDGET
    if seen.worker is not None and seen.soft_shutdown < least:
        yield (
            f"worker_soft_shutdown_timeout is {seen.soft_shutdown:g} seconds: a worker"
            " that is told to go would cut off what is on the wire, and nobody knows"
            f" who has it; write app.conf.worker_soft_shutdown_timeout = {least:g}, and"
            " let your service manager wait as long"
        )


def _cancels(seen: Seen) -> Iterator[str]:
    if seen.cancels:
        yield (
            "worker_cancel_long_running_tasks_on_connection_loss is on: with every"
            " broken line to the broker pumps would be killed in the middle of a"
            " message; write app.conf."
            "worker_cancel_long_running_tasks_on_connection_loss = False"
        )


def _beat(seen: Seen) -> Iterator[str]:
    if not seen.wakes:
        yield (
            "beat_schedule has no entry for safesend.wake, so nobody would send what"
            " waits for a later date: add yours with"
            " app.conf.beat_schedule.update(...), or write Safesend(app) below the line"
            " that sets it"
        )


_LOST = "a pump whose worker dies is to be started again; it only takes other rows"

ALL_RULES: tuple[Rule, ...] = (
    Rule(("broker_url",), _broker),
    Rule(("task_always_eager",), _eager),
    Rule(("task_acks_late",), _each("acks_late", wanted=True, why=_LOST)),
    Rule(
        ("task_reject_on_worker_lost",),
        _each("reject_on_worker_lost", wanted=True, why=_LOST),
    ),
    Rule(
        ("task_acks_on_failure_or_timeout",),
        _each(
            "acks_on_failure_or_timeout",
            wanted=True,
            why="beat wakes what a pump could not do",
        ),
    ),
    Rule(
        ("task_ignore_result",),
        _each("ignore_result", wanted=True, why="results are in the ledger"),
    ),
    Rule(("rate_limit",), _rate_limit),
    Rule(
        ("max_retries",),
        _each(
            "max_retries", wanted=0, why="the ledger says what is tried again, and when"
        ),
    ),
    Rule(
        ("task_retry_on_worker_lost",),
        _each("retries_lost", wanted=False, why="the broker brings it back already"),
    ),
    Rule(("task_time_limit", "task_soft_time_limit"), _time_limits),
    Rule(("accept_content",), _json),
    Rule(("worker_prefetch_multiplier",), _prefetch),
    Rule(("worker_pool",), _pool),
    Rule(("visibility_timeout",), _visibility),
    Rule(("task_default_queue_type",), _quorum),
    Rule(("confirm_publish",), _confirms),
    Rule(("worker_autoscaler",), _autoscale),
    Rule(("worker_soft_shutdown_timeout",), _soft_shutdown),
    Rule(("worker_cancel_long_running_tasks_on_connection_loss",), _cancels),
    Rule(("beat_schedule",), _beat),
)
"""The table, row by row."""
