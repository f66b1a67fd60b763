"""fleet/order.py: what a process is told that helps."""

from __future__ import annotations

from message.judges import pem
from safesend.fleet.order import Order
from safesend.fleet.secrets import Pem, Secrets
from safesend.redaction import Secret


def test_it_comes_back_from_its_line(tmp_path):
    """Passwords, keys and places included."""
    key = tmp_path / "key.pem"
    key.write_bytes(pem())
    secrets = Secrets(
        passwords={"smtp://me@a.example": Secret("hunter2")},
        dkim=(Pem(key), Pem(Secret("text"), Secret("opens"))),
        suppression=tmp_path / "out.db",
        key_home=tmp_path,
    )
    order = Order(ledger="/x.db", campaign="spring", secrets=secrets, lanes=3)
    line = order.line()
    assert line.count(b"\n") == 1
    back = Order.read(line)
    assert (back.ledger, back.campaign, back.lanes) == ("/x.db", "spring", 3)
    assert back.seconds is None
    assert back.secrets.passwords["smtp://me@a.example"].reveal() == "hunter2"
    first, second = back.secrets.dkim
    assert first.read().public == Pem(key).read().public
    assert (second.key.reveal(), second.password.reveal()) == ("text", "opens")
    assert (back.secrets.suppression, back.secrets.key_home) == (
        tmp_path / "out.db",
        tmp_path,
    )


def test_nothing_of_it_is_printed():
    """Not even where the ledger is: the URL of a database may hold a password."""
    secrets = Secrets(passwords={"smtp://me@a.example": Secret("hunter2")})
    url = "postgresql://me:hunter2@db.example/mail"
    order = Order(ledger=url, campaign="spring", secrets=secrets, lanes=3, seconds=1.0)
    assert "hunter2" not in repr(order)
    assert Order.read(order.line()).seconds == 1.0
