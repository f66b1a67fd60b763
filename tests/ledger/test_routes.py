from contextlib import closing

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.scenes import look, run_child
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.database import Database
from safesend.ledger.flow import Flow
from safesend.ledger.routes import Routes
from safesend.testing.ledger_rows import NOW

ROUTE = "smtp://relay.example"
FULL = Flow(
    route=ROUTE,
    provider="google",
    began=NOW,
    window=3,
    easing=(1.5, 20.0, NOW),
    paused_until=NOW + 600,
    reason="421 4.7.28 slow down",
    changed=NOW,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def routes(path):
    with closing(Database(path)) as database:
        found = Routes(database)
        yield found
        found.close()


names = st.sampled_from(["", "google", "yahoo"])
numbers = st.floats(0, 1e10)
flows = st.builds(
    Flow,
    route=st.sampled_from([ROUTE, "mx"]),
    provider=names,
    began=st.none() | numbers,
    window=st.none() | st.integers(1, 99),
    easing=st.none() | st.tuples(numbers, numbers, numbers),
    paused_until=numbers,
    reason=st.text(st.characters(codec="ascii", exclude_characters="@"), max_size=9),
    changed=numbers,
)


@given(st.lists(st.lists(flows, max_size=4), max_size=4), numbers)
@settings(max_examples=40)
def test_what_was_noted_last_is_known(tmp_path_factory, batches, since):
    """
    Of each route and provider; its beginning is the first that was noted.
    """
    known = {}
    for flow in (flow for batch in batches for flow in batch):
        before = known.get((flow.route, flow.provider))
        began = flow.began if before is None or before.began is None else before.began
        known[flow.route, flow.provider] = attrs.evolve(flow, began=began)
    expected = [known[at] for at in sorted(known)]

    with closing(Database(tmp_path_factory.mktemp("flow") / "a.db")) as database:
        routes = Routes(database)
        for batch in batches:
            routes.note(batch)
        assert routes.flows(-1.0) == expected
        assert routes.flows(since) == [f for f in expected if f.changed > since]


def test_a_reason_names_nobody(routes, path):
    """
    It is masked once more before it is kept.
    """
    routes.note([attrs.evolve(FULL, reason="450 ada@example.org is over quota")])

    [flow] = routes.flows(0.0)
    assert flow.reason == "450 a…@example.org is over quota"
    assert look(path, "SELECT reason FROM flow") == [(flow.reason,)]


def test_a_route_is_known_to_other_processes(path):
    """
    And on another day.
    """
    with closing(open_ledger(path)) as ledger:
        ledger.note_flows([FULL])
        told = run_child("print(ledger.flows()[0].paused_until)", path)

    assert float(told) == NOW + 600
    with closing(open_ledger(path)) as ledger:
        assert ledger.flows() == [FULL]


def test_arrivals_are_made_on_first_use(routes, path):
    """
    A ledger that throttles nothing has no file for it.
    """
    file = path.with_name("a.db.pace")
    routes.close()
    assert not file.exists()
    arrivals = routes.arrivals()
    assert file.exists()
    assert routes.arrivals() is arrivals


def test_a_closed_ledger_has_no_arrivals(path):
    """
    Whoever asks for them is told so, and no file is left open.
    """
    ledger = open_ledger(path)
    ledger.arrivals()
    ledger.close()

    with pytest.raises(LedgerError, match="was closed"):
        ledger.arrivals()
