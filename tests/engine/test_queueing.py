"""engine/queueing.py: a campaign is enrolled, and a fleet is asked to send it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import get_type_hints

import attrs
import pytest

from safesend import Campaign, Recipient, Template
from safesend.engine.joining import joint
from safesend.engine.options import Options
from safesend.engine.queueing import Sending
from safesend.errors import BrokerError, ConfigurationError, UnsafeMessage
from safesend.fleet import Secrets
from safesend.ledger import open_ledger
from safesend.suppression import SuppressionList


@attrs.define
class Starter:
    """What an app offers under `safesend`: here it only remembers."""

    ledger: str
    via: str | None = None
    secrets: Secrets = attrs.field(factory=Secrets)
    unsafe: str = ""
    down: bool = False
    asked: list[str] = attrs.field(factory=list)

    def refuse_unsafe(self) -> None:
        if self.unsafe:
            raise ConfigurationError(self.unsafe)

    def start(self, campaign: str) -> str:
        if self.down:
            raise BrokerError("the broker is gone")
        self.asked.append(campaign)
        return "task-1"


@attrs.frozen
class App:
    safesend: Starter


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(Starter(str(tmp_path / "mail.db")))


def spring(number: int = 3, text: str = "Hello {{ name }}.") -> Campaign:
    people = [
        Recipient(f"person{i}@example.test", name=f"Ada {i}") for i in range(number)
    ]
    return Campaign(
        name="spring",
        sender="news@example.org",
        template=Template(subject="Hello", text=text),
        audience=people,
    )


def test_everybody_is_enrolled_before_a_pump_is_asked_for(app):
    """
    The ledger holds letter, carrier and options; the task only a name.
    """
    done = spring().enqueue(
        app,
        via="smtp://me@mail.example.org:587",
        password_env="MAIL_PASSWORD",
        throttle="5/s",
    )
    assert (done.campaign, done.recipients, done.waiting) == ("spring", 3, 3)
    assert (done.task, app.safesend.asked) == ("task-1", ["spring"])
    with closing(open_ledger(app.safesend.ledger)) as book:
        kept = joint(book, "spring").kept
    [way] = kept.ways
    assert (way.url, way.password_env) == (
        "smtp://me@mail.example.org:587",
        "MAIL_PASSWORD",
    )
    assert kept.options().throttle.spec == "5/s"
    assert kept.options().auto_stop is not None


def test_twice_changes_nothing_and_asks_again(app):
    """
    Whoever is not sure calls it once more.
    """
    first, second = (spring().enqueue(app, via="memory:") for _ in range(2))
    assert first == second
    assert app.safesend.asked == ["spring", "spring"]


def test_it_can_be_awaited(app):
    """
    In a handler of FastAPI, for example.
    """
    done = asyncio.run(spring().aenqueue(app, via="memory:"))
    assert done.waiting == 3


def test_an_app_without_safesend_is_refused():
    """
    It says which line is missing.
    """
    with pytest.raises(ConfigurationError, match=r"Safesend\(app, ledger=...\)"):
        spring().enqueue(object(), via="memory:")


def test_unsafe_settings_are_refused_before_anything_is_written(app):
    """
    The ledger is not even opened.
    """
    app.safesend.unsafe = "task_always_eager is on"
    with pytest.raises(ConfigurationError, match="eager"):
        spring().enqueue(app, via="memory:")
    assert not Path(app.safesend.ledger).exists()


def test_nothing_is_asked_for_where_a_message_is_unsafe(app):
    """
    It is checked here, as `send` would.
    """
    letter = spring(text="Hello {{ name }}, person0@example.test is here too.")
    with pytest.raises(UnsafeMessage):
        letter.enqueue(app, via="memory:")
    assert app.safesend.asked == []


def test_a_broker_that_is_down_loses_nobody(app):
    """
    They wait in the ledger, and the error says how many.
    """
    app.safesend.down = True
    with pytest.raises(BrokerError) as caught:
        spring().enqueue(app, via="memory:")
    assert caught.value.__notes__ == ["spring: 3 of its people wait in the ledger."]
    with closing(open_ledger(app.safesend.ledger)) as book:
        assert joint(book, "spring").record.live


def test_a_ledger_that_no_worker_looks_into_is_refused(app, tmp_path):
    """
    The same place is fine, and so is that ledger when it is open already.
    """
    with pytest.raises(ConfigurationError, match="leave ledger= out"):
        spring().enqueue(app, ledger=tmp_path / "other.db", via="memory:")
    place = Path(app.safesend.ledger)
    assert spring().enqueue(app, ledger=place, via="memory:").waiting == 3
    with closing(open_ledger(place)) as book:
        assert spring().enqueue(app, ledger=book, via="memory:").waiting == 3
        assert len(book.campaigns()) == 1


def test_the_carrier_of_the_workers_is_the_default(app):
    """
    Where nobody names one, it says how.
    """
    with pytest.raises(ConfigurationError, match="by which carrier"):
        spring().enqueue(app)
    app.safesend.via = "memory:"
    assert spring().enqueue(app).waiting == 3


@pytest.mark.parametrize("via", ["maildir:out", "eml:out", "mbox:out.mbox"])
def test_a_relative_path_is_refused(app, via):
    """
    A worker has a folder of its own.
    """
    with pytest.raises(ConfigurationError, match="absolute path"):
        spring().enqueue(app, via=via)


def test_passwords_have_no_place_in_a_ledger(app):
    """
    Only where they are found.
    """
    with pytest.raises(ConfigurationError, match="holds no password"):
        spring().enqueue(app, via="smtp://me:opensesame@mail.example.org")
    spring().enqueue(
        app, via="smtp://me@mail.example.org", password_file=Path("/run/secret")
    )
    with closing(open_ledger(app.safesend.ledger)) as book:
        assert joint(book, "spring").kept.ways[0].password_file == "/run/secret"


def test_the_suppression_list_of_the_workers_is_asked(app, tmp_path):
    """
    Who enqueues and who sends have the same one.
    """
    place = tmp_path / "never.db"
    with SuppressionList(place):
        pass
    app.safesend.secrets = Secrets(suppression=place)
    spring().enqueue(app, via="memory:")
    with closing(open_ledger(app.safesend.ledger)) as book:
        kept = joint(book, "spring").kept
        with pytest.raises(ConfigurationError, match="none was given"):
            kept.options()
    assert spring().enqueue(app, via="memory:", suppression=place).waiting == 3


def test_every_option_that_is_kept_can_be_given():
    """
    A new option of `send` belongs into `Sending`, unless it is of one call.
    """
    of_one_call = {"deadline", "suppression"}
    known = {field.name for field in attrs.fields(Options)} - of_one_call
    assert set(get_type_hints(Sending, localns={"MxLookup": object})) == known
