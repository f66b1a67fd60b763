"""What every ledger promises, as functions that assert it; for yours as for ours.

    check_ledger(make)

`LEDGER_PROMISES` are the single promises, for a test that wants one case each:

    @pytest.mark.parametrize("promise", LEDGER_PROMISES)
    def test_it_keeps_its_promises(promise):
        with closing(make()) as ledger:
            promise(ledger)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from safesend.ledger.base import (
    Allowance,
    CampaignRecord,
    Control,
    Ledger,
    Result,
    State,
)
from safesend.testing import ledger_consent as consent
from safesend.testing import ledger_contents as contents
from safesend.testing import ledger_doubts as doubts
from safesend.testing import ledger_hindsight as hindsight
from safesend.testing import ledger_history as history
from safesend.testing import ledger_kinds as kinds
from safesend.testing import ledger_lists as lists
from safesend.testing import ledger_orders as orders
from safesend.testing import ledger_outcomes as outcomes
from safesend.testing import ledger_persons as persons
from safesend.testing import ledger_routes as routes
from safesend.testing import ledger_windows as windows
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    payload,
    refused,
)

__all__ = [
    "LEDGER_PROMISES",
    "check_ledger",
]


def check_ledger(make: Callable[[], Ledger]) -> None:
    """Assert every promise of `Ledger`; `make` gives a new and empty one each time."""
    for promise in LEDGER_PROMISES:
        with closing(make()) as ledger:
            promise(ledger)


def a_campaign_is_found_again(ledger: Ledger) -> None:
    """A campaign is made once, is not live, and runs until somebody says otherwise."""
    first = ledger.campaign("spring", NOW)
    assert first == CampaignRecord(first.id, "spring", False, 0, b"", Control.RUN)  # noqa: FBT003
    assert ledger.campaign("spring", NOW + 1) == first
    second = ledger.campaign("summer", NOW)
    assert ledger.campaigns() == [first, second]
    assert len(ledger.secret) == 32


def a_stranger_is_refused(ledger: Ledger) -> None:
    """What names no campaign of this ledger is an error and not an empty answer."""
    known = ledger.campaign("spring", NOW).id
    refused(ledger.begin_draft, known + 1)
    refused(ledger.start_run, known + 1, NOW)
    refused(ledger.control, known + 1)
    refused(ledger.next_due, known + 1)
    refused(ledger.recover, known + 1, NOW)


def what_was_allowed_is_remembered(ledger: Ledger) -> None:
    """Every allowance once, in the order of its first call, for its campaign alone."""
    campaign = ledger.campaign("spring", NOW).id
    other = ledger.campaign("summer", NOW).id
    first = Allowance("L23", "prices.xlsx", "formulas only")
    second = Allowance("L21", "", "the board agreed")
    ledger.note_allowances(campaign, [], NOW)
    ledger.note_allowances(campaign, [first], NOW)
    ledger.note_allowances(campaign, [second, first], NOW + 1)
    assert ledger.allowances(campaign) == [first, second]
    assert ledger.allowances(other) == []


def a_draft_cannot_be_claimed(ledger: Ledger) -> None:
    """Nothing of a draft is sent, and going live makes all of it due."""
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(3)) == 3
    run = ledger.start_run(campaign, NOW)
    assert ledger.claim(campaign, run, 10, NOW) == []
    assert ledger.next_due(campaign) is None
    assert dict(ledger.counts(campaign)) == {State.DRAFT: 3}
    assert account_of(ledger, campaign, 0).state is State.DRAFT
    assert ledger.go_live(campaign, PRINT, NOW) == 3
    assert dict(ledger.counts(campaign)) == {State.WAITING: 3}
    assert ledger.campaign("spring", NOW) == CampaignRecord(
        campaign,
        "spring",
        True,  # noqa: FBT003
        3,
        PRINT,
        Control.RUN,
    )
    assert len(ledger.claim(campaign, run, 10, NOW)) == 3


def a_draft_has_a_beginning(ledger: Ledger) -> None:
    """Nothing is enrolled, and nothing goes live, without a draft."""
    campaign = ledger.campaign("spring", NOW).id
    refused(ledger.enrol, campaign, make_rows(1))
    refused(ledger.go_live, campaign, PRINT, NOW)
    ledger.drop_draft(campaign)
    assert dict(ledger.counts(campaign)) == {}


def enrolling_twice_changes_nothing(ledger: Ledger) -> None:
    """A row is one row: in one call, in one draft, and beside the live rows."""
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, [*make_rows(3), *make_rows(3)]) == 3
    assert ledger.enrol(campaign, make_rows(3, content=b"other")) == 0
    assert ledger.go_live(campaign, PRINT, NOW) == 3
    run, claimed = claimed_rows(ledger, campaign, 1)
    ledger.record(run, [Result(claimed[0].id, State.ACCEPTED)], NOW)
    before = dict(ledger.counts(campaign))
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(3, content=b"other")) == 0
    assert ledger.enrol(campaign, []) == 0
    assert ledger.go_live(campaign, PRINT, NOW) == 3
    assert dict(ledger.counts(campaign)) == before
    rest = ledger.claim(campaign, run, 10, NOW)
    assert [row.payload for row in rest] == [payload(1), payload(2)]


def a_grown_list_adds_the_new_rows_only(ledger: Ledger) -> None:
    """Who has the message is left in peace; who is new waits, after the others."""
    campaign = live_campaign(ledger, 3)
    run, claimed = claimed_rows(ledger, campaign, 2)
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in claimed], NOW)
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(6)) == 3
    assert ledger.go_live(campaign, b"other", NOW) == 6
    assert dict(ledger.counts(campaign)) == {State.ACCEPTED: 2, State.WAITING: 4}
    assert ledger.campaign("spring", NOW).fingerprint == b"other"
    _, rest = claimed_rows(ledger, campaign, 10)
    assert [row.digest for row in rest] == [digest(n) for n in range(2, 6)]


def nobody_gets_a_letter_that_was_changed(ledger: Ledger) -> None:
    """A run that began with the old one claims nothing more, from that moment on."""
    campaign = live_campaign(ledger, 3)
    run, [row] = claimed_rows(ledger, campaign, 1)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(3))
    ledger.go_live(campaign, b"other", NOW)
    assert ledger.claim(campaign, run, 10, NOW) == []
    assert ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW) == 1
    _, rest = claimed_rows(ledger, campaign, 10)
    assert [row.digest for row in rest] == [digest(1), digest(2)]


def a_dropped_draft_leaves_the_live_rows(ledger: Ledger) -> None:
    """Whatever happens to a draft, the live rows are as they were."""
    campaign = live_campaign(ledger, 2)
    for ending in (ledger.drop_draft, ledger.begin_draft):
        ledger.begin_draft(campaign)
        assert ledger.enrol(campaign, make_rows(5)) == 3
        ending(campaign)
        assert dict(ledger.counts(campaign)) == {State.WAITING: 2}
        assert ledger.account(campaign, digest(4)) is None
    assert ledger.enrol(campaign, make_rows(5)) == 3
    ledger.drop_draft(campaign)
    run, claimed = claimed_rows(ledger, campaign, 10)
    assert [row.digest for row in claimed] == [digest(0), digest(1)]
    assert ledger.campaign("spring", NOW).enrolled == 2
    ledger.end_run(run, NOW)


def a_draft_is_not_live_whatever_others_drop(ledger: Ledger) -> None:
    """Another campaign's draft that came to nothing makes no row of this one due."""
    spring, summer = live_campaign(ledger, 2), ledger.campaign("summer", NOW).id
    ledger.begin_draft(summer)
    assert ledger.enrol(summer, make_rows(9)) == 9
    ledger.begin_draft(spring)
    assert ledger.enrol(spring, make_rows(2)) == 0
    assert ledger.go_live(spring, PRINT, NOW) == 2
    ledger.drop_draft(summer)
    ledger.begin_draft(spring)
    assert ledger.enrol(spring, make_rows(5)) == 3
    _, claimed = claimed_rows(ledger, spring, 9)
    assert [row.digest for row in claimed] == [digest(0), digest(1)]


def campaigns_are_strangers(ledger: Ledger) -> None:
    """The same digest in two campaigns is two rows, and each keeps to itself."""
    spring, summer = (live_campaign(ledger, 2, name) for name in ("spring", "summer"))
    run = ledger.start_run(spring, NOW)
    assert len(ledger.claim(spring, run, 10, NOW)) == 2
    assert dict(ledger.counts(spring)) == {State.SENDING: 2}
    assert dict(ledger.counts(summer)) == {State.WAITING: 2}
    refused(ledger.claim, summer, run, 10, NOW)
    ask_for(ledger, spring, Control.CANCEL)
    assert ledger.control(summer) is Control.RUN


def a_claim_gives_what_was_enrolled(ledger: Ledger) -> None:
    """In list order, at most as many as asked for, with their payloads."""
    campaign = live_campaign(ledger, 5)
    run = ledger.start_run(campaign, NOW)
    assert ledger.claim(campaign, run, 0, NOW) == []
    first = ledger.claim(campaign, run, 3, NOW)
    rest = ledger.claim(campaign, run, 3, NOW)
    rows = [*first, *rest]
    assert [row.digest for row in rows] == [digest(n) for n in range(5)]
    assert [row.payload for row in rows] == [payload(n) for n in range(5)]
    assert {(row.attempts, row.first_tried) for row in rows} == {(0, None)}
    assert len({row.id for row in rows}) == 5
    assert ledger.next_due(campaign) is None


def a_claim_is_exclusive(ledger: Ledger) -> None:
    """No row is given twice, to the same run or to another."""
    campaign = live_campaign(ledger, 4)
    runs = [ledger.start_run(campaign, NOW) for _ in range(2)]
    given = [row.id for run in runs * 3 for row in ledger.claim(campaign, run, 1, NOW)]
    assert len(given) == len(set(given)) == 4
    assert dict(ledger.counts(campaign)) == {State.SENDING: 4}


def an_ended_run_claims_nothing(ledger: Ledger) -> None:
    """Who has said goodbye, or was never there, is told so."""
    campaign = live_campaign(ledger, 1)
    run = ledger.start_run(campaign, NOW)
    ledger.beat(run, NOW)
    ledger.end_run(run, NOW)
    ledger.end_run(run, NOW)
    for gone in (run, run + 77):
        refused(ledger.claim, campaign, gone, 1, NOW)
        refused(ledger.beat, gone, NOW)
        refused(ledger.progress, gone)
    assert dict(ledger.counts(campaign)) == {State.WAITING: 1}


LEDGER_PROMISES: tuple[Callable[[Ledger], None], ...] = (
    a_campaign_is_found_again,
    a_stranger_is_refused,
    what_was_allowed_is_remembered,
    a_draft_cannot_be_claimed,
    a_draft_has_a_beginning,
    enrolling_twice_changes_nothing,
    a_grown_list_adds_the_new_rows_only,
    nobody_gets_a_letter_that_was_changed,
    a_dropped_draft_leaves_the_live_rows,
    a_draft_is_not_live_whatever_others_drop,
    campaigns_are_strangers,
    kinds.what_a_campaign_is_is_kept,
    kinds.seeds_are_told_apart,
    a_claim_gives_what_was_enrolled,
    a_claim_is_exclusive,
    an_ended_run_claims_nothing,
    outcomes.an_outcome_is_final,
    outcomes.only_the_holder_records,
    outcomes.a_result_is_an_outcome,
    outcomes.a_deferred_row_waits_for_its_date,
    outcomes.a_try_that_nobody_answered_does_not_count,
    outcomes.released_rows_keep_their_turn,
    outcomes.nothing_is_claimed_while_paused,
    outcomes.nothing_waits_in_a_cancelled_campaign,
    outcomes.a_row_in_doubt_waits_for_a_decision,
    outcomes.all_in_doubt_can_be_sent_again,
    outcomes.the_end_of_a_run_settles_its_rows,
    outcomes.marks_follow_a_row_that_comes_back,
    outcomes.a_run_without_marks_leaves_doubt,
    outcomes.recovery_leaves_the_living_alone,
    outcomes.rows_expire,
    outcomes.replies_are_counted_and_name_nobody,
    routes.providers_take_turns,
    routes.a_held_provider_gets_nothing,
    routes.a_share_is_never_exceeded,
    routes.who_comes_first_gets_its_share_at_once,
    routes.an_answer_without_a_try_still_dates_the_row,
    routes.a_mailbox_that_is_none_is_not_written_to_again,
    routes.a_wrong_suppression_can_be_lifted,
    routes.what_is_in_doubt_can_be_looked_at,
    routes.a_relay_that_knows_a_message_gets_it_again,
    windows.a_window_changes_no_row,
    windows.what_was_begun_and_did_not_leave_waits_again,
    windows.who_has_ended_begins_nothing,
    doubts.a_message_keeps_its_date,
    doubts.a_crash_keeps_the_date_of_a_message,
    doubts.a_doubt_that_waits_names_its_relay,
    doubts.a_decision_ends_a_doubt,
    doubts.what_may_have_arrived_is_not_given_up,
    consent.an_approval_is_of_one_content,
    consent.what_must_be_approved_is_remembered,
    consent.who_still_may_get_it_is_known,
    consent.a_pilot_goes_alone,
    consent.a_pilot_has_its_number,
    consent.a_pilot_begins_once,
    consent.a_pilot_is_of_those_never_tried,
    consent.a_short_list_needs_no_pilot,
    consent.a_pilot_begins_anew_with_another_letter,
    consent.a_pilot_obeys_pauses_and_shares,
    consent.how_a_pilot_fares_is_known,
    consent.seeds_go_with_a_pilot,
    orders.who_ordered_what_is_told,
    orders.a_provider_on_hold_waits,
    orders.a_cancelled_provider_has_nothing_waiting,
    orders.nothing_is_due_before_it_begins,
    orders.orders_are_for_campaigns,
    routes.what_was_learned_of_a_route_is_kept,
    routes.arrivals_are_kept_by_name,
    history.every_row_is_accounted_for,
    history.answers_have_their_time,
    history.orders_name_who_gave_them,
    history.a_decision_is_told_from_a_servers_word,
    history.runs_say_how_they_ended,
    history.rehearsals_and_sessions_are_kept,
    history.switches_are_kept,
    history.sessions_with_their_hosts_are_purged,
    hindsight.a_doubt_is_settled_by_what_is_heard,
    hindsight.a_rejection_counts_in_any_order,
    hindsight.rows_are_listed_once,
    hindsight.what_a_run_has_is_settled_after_it,
    hindsight.what_came_back_is_told_of_each_mailing,
    hindsight.what_is_heard_of_a_person_can_be_erased,
    hindsight.what_is_heard_twice_changes_nothing,
    hindsight.who_complains_is_left_out_for_good,
    contents.a_campaign_is_what_was_kept_last,
    contents.what_two_campaigns_share_stays,
    contents.a_part_is_what_its_name_says,
    contents.a_purge_ends_what_a_campaign_is,
    lists.how_far_a_list_has_come_is_known,
    lists.who_says_it_is_the_list_goes_ahead,
    persons.a_campaign_is_over_after_its_time,
    persons.a_person_in_anybodys_hand_is_not_forgotten,
    persons.a_person_is_forgotten_everywhere,
    persons.a_purge_disturbs_nobody_at_work,
    persons.a_purge_is_of_one_campaign,
    persons.a_purged_campaign_keeps_its_numbers,
    persons.a_purged_campaign_never_sends_again,
    persons.open_rows_are_purged_on_purpose_only,
    persons.what_is_known_of_a_person_is_told,
    persons.who_asks_for_it_is_left_out_for_good,
)
"""Each takes an empty ledger, and asserts what its docstring says."""
