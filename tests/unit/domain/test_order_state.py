from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import ExecutionKind, OrderState, OrderType, Pending
from legend_desktop.domain.order_state import TRANSITIONS, OrderEvent, OrderEventKind, apply, create, replay
from tests.unit.domain.builders import intent, terms
from tests.unit.domain.order_events import CLIENT_ID, START, Story, execution, story_in

D = Decimal
K = OrderEventKind
S = OrderState
LIVE = (S.ACCEPTED, S.WORKING, S.PARTIAL)
ENDED = (S.CANCELED, S.EXPIRED, S.REJECTED, S.REPLACED)


class TestEachRow:
    def test_an_order_begins_as_an_intent(self) -> None:
        order = Story().order
        assert order.state is S.INTENT
        assert order.remaining_quantity == 100

    @pytest.mark.parametrize(
        ("state", "kind", "result"),
        [
            (S.INTENT, K.DENIED, S.DENIED),
            (S.INTENT, K.SENT, S.SENDING),
            (S.INTENT, K.ABANDONED, S.DENIED),
            (S.SENDING, K.ACCEPTED, S.ACCEPTED),
            (S.SENDING, K.WORKING, S.WORKING),
            (S.SENDING, K.REFUSED, S.REJECTED),
            (S.SENDING, K.QUESTION, S.QUESTION),
            (S.SENDING, K.AMBIGUOUS, S.UNKNOWN),
            (S.QUESTION, K.SENT, S.SENDING),
            (S.QUESTION, K.NOT_CONFIRMED, S.REJECTED),
            (S.UNKNOWN, K.ABSENT, S.REJECTED),
            (S.UNKNOWN, K.DECIDED, S.REJECTED),
            (S.UNKNOWN, K.CONTRADICTION, S.ATTENTION),
            *[(state, K.CANCELED, S.CANCELED) for state in LIVE],
            *[(state, K.EXPIRED, S.EXPIRED) for state in LIVE],
            *[(state, K.REFUSED, S.REJECTED) for state in LIVE],
            *[(state, K.REPLACED, S.REPLACED) for state in LIVE],
            *[(state, K.CONTRADICTION, S.ATTENTION) for state in LIVE],
            (S.ACCEPTED, K.TRIGGERED, S.WORKING),
        ],
    )
    def test_step(self, state: OrderState, kind: OrderEventKind, result: OrderState) -> None:
        story = story_in(state)
        story.tell(kind, reason="why")
        assert story.order.state is result
        assert story.order.reason == "why"

    @pytest.mark.parametrize("reported", [S.ACCEPTED, S.WORKING, S.CANCELED, S.EXPIRED, S.REJECTED, S.REPLACED])
    def test_an_unknown_order_found_takes_the_brokers_state(self, reported: OrderState) -> None:
        order = story_in(S.UNKNOWN).tell(K.FOUND, reported_state=reported, broker_order_id="b9")
        assert order.state is reported
        assert order.broker_order_id == "b9"

    @pytest.mark.parametrize("reported", [S.PARTIAL, S.FILLED])
    def test_fills_of_a_found_order_come_from_executions(self, reported: OrderState) -> None:
        story = story_in(S.UNKNOWN)
        order = story.tell(K.FOUND, reported_state=reported, reported_filled=D(60))
        assert order.state is S.WORKING
        assert (order.filled_quantity, order.reported_filled) == (D(0), D(60))
        assert story.fill(60, "a").state is S.PARTIAL

    @pytest.mark.parametrize("state", [S.INTENT, S.SENDING, S.QUESTION, S.UNKNOWN, *LIVE])
    def test_an_execution_is_counted_in_every_open_state(self, state: OrderState) -> None:
        story = story_in(state)
        before = story.order.filled_quantity
        order = story.fill(10, "new")
        assert order.state is S.PARTIAL
        assert order.filled_quantity == before + 10
        assert order.pending is Pending.NONE
        assert story.fill(order.remaining_quantity, "rest").state is S.FILLED

    @pytest.mark.parametrize("state", ENDED)
    def test_case_28_a_fill_after_the_end_is_counted_and_the_end_stays(self, state: OrderState) -> None:
        story = story_in(state)
        order = story.fill(30, "late")
        assert order.state is state
        assert order.filled_quantity == 30
        assert order.late_fill
        assert order.remaining_quantity == 0
        assert story.fill(70, "later").state is S.FILLED

    @pytest.mark.parametrize("state", [*LIVE, *ENDED, S.FILLED, S.UNKNOWN])
    def test_case_27_more_than_was_ordered_needs_a_person(self, state: OrderState) -> None:
        story = story_in(state)
        order = story.fill(101, "large")
        assert order.state is S.ATTENTION
        assert order.filled_quantity >= 101
        assert order.remaining_quantity == 0
        assert "for an order of 100" in order.reason

    def test_an_overfilled_order_stays_whatever_the_broker_says(self) -> None:
        story = story_in(S.WORKING)
        story.fill(130, "large")
        for kind in (K.CANCELED, K.EXPIRED, K.REFUSED, K.WORKING):
            assert story.tell(kind).state is S.ATTENTION
        assert story.tell(K.FOUND, reported_state=S.FILLED).state is S.ATTENTION
        assert story.tell(K.DECIDED, reason="both fills are real").state is S.FILLED

    def test_case_29_a_bust_of_a_filled_order_is_worked_out_anew(self) -> None:
        story = Story()
        story.tell(K.SENT, K.WORKING)
        story.fill(60, "a")
        story.fill(40, "b")
        order = story.bust("b")
        assert order.state is S.PARTIAL
        assert order.filled_quantity == 60
        assert order.closed_at is None
        assert len(order.executions) == 3  # the old row stays
        assert story.bust("a").state is S.CANCELED

    def test_case_29_a_correction_changes_price_and_quantity(self) -> None:
        story = story_in(S.FILLED)
        order = story.fill(90, "fix", "11", kind=ExecutionKind.CORRECTION, corrects_id="whole")
        assert (order.filled_quantity, order.average_fill_price) == (D(90), D(11))
        assert order.state is S.PARTIAL

    def test_a_bust_that_ends_an_overfill_ends_the_alarm(self) -> None:
        story = story_in(S.FILLED)
        assert story.fill(30, "extra").state is S.ATTENTION
        assert story.bust("extra").state is S.FILLED

    def test_a_bust_does_not_end_another_contradiction(self) -> None:
        story = story_in(S.PARTIAL)
        story.tell(K.CONTRADICTION, reason="two live orders")
        assert story.bust("first").state is S.ATTENTION


class TestWhatIsNotAllowed:
    @pytest.mark.parametrize(
        ("state", "kind"),
        [
            (state, kind)
            for state in S
            for kind in K
            if kind not in {K.EXECUTION, K.FOUND, K.CREATED} and kind not in TRANSITIONS[state]
        ],
    )
    def test_changes_no_state_and_no_quantity(self, state: OrderState, kind: OrderEventKind) -> None:
        story = story_in(state)
        before = story.order
        after = story.tell(kind, terms=terms(quantity=7), price=D(1), successor_id=None)
        assert after.state is state
        assert after.filled_quantity == before.filled_quantity
        assert after.terms == before.terms
        assert after.trigger_price == before.trigger_price

    def test_a_denied_order_that_trades_is_a_contradiction(self) -> None:
        story = story_in(S.DENIED)
        assert story.fill(5, "ghost").state is S.ATTENTION
        assert story_in(S.DENIED).tell(K.FOUND, reported_state=S.WORKING).state is S.ATTENTION

    @pytest.mark.parametrize("state", [S.CANCELED, S.EXPIRED, S.REPLACED, S.FILLED])
    def test_an_ended_order_that_a_newer_snapshot_shows_alive_is_a_contradiction(self, state: OrderState) -> None:
        assert story_in(state).tell(K.FOUND, reported_state=S.WORKING).state is S.ATTENTION

    @pytest.mark.parametrize("state", [S.CANCELED, S.EXPIRED, S.REPLACED, S.FILLED, S.REJECTED])
    def test_an_older_snapshot_says_nothing_against_an_end(self, state: OrderState) -> None:
        order = story_in(state).tell(K.FOUND, reported_state=S.WORKING, at=START - timedelta(seconds=1))
        assert order.state is state

    def test_an_order_thought_absent_that_is_found_alive_is_taken_back(self) -> None:
        story = story_in(S.UNKNOWN)
        story.tell(K.ABSENT)
        order = story.tell(K.FOUND, reported_state=S.PARTIAL, broker_order_id="b1")
        assert order.state is S.WORKING
        assert order.closed_at is None
        assert story.fill(100, "a").state is S.FILLED

    def test_a_proof_of_absence_against_a_fill_is_a_contradiction(self) -> None:
        story = Story()
        story.tell(K.SENT, K.AMBIGUOUS)
        order = replace(story.order, _filled=D(5))
        story.order = order
        assert story.tell(K.ABSENT).state is S.ATTENTION

    def test_attention_is_left_by_a_person_or_an_end(self) -> None:
        story = story_in(S.ATTENTION)
        assert story.tell(K.FOUND, reported_state=S.WORKING).state is S.ATTENTION
        assert story.tell(K.WORKING).state is S.ATTENTION
        assert story.tell(K.FOUND, reported_state=S.CANCELED).state is S.CANCELED

    @pytest.mark.parametrize(("filled", "result"), [(0, S.REJECTED), (40, S.CANCELED), (100, S.FILLED)])
    def test_a_decision_ends_an_order_as_its_fills_say(self, filled: int, result: OrderState) -> None:
        story = story_in(S.WORKING)
        story.tell(K.CONTRADICTION)
        if filled:
            story.fill(filled, "a")
        assert story.tell(K.DECIDED).state is result

    @pytest.mark.parametrize("word", [S.INTENT, S.SENDING, S.QUESTION, S.UNKNOWN, S.ATTENTION, S.DENIED])
    def test_words_that_no_broker_says_change_nothing(self, word: OrderState) -> None:
        assert story_in(S.WORKING).tell(K.FOUND, reported_state=word).state is S.WORKING

    def test_a_story_needs_its_beginning(self) -> None:
        with pytest.raises(ValueError, match="CREATED"):
            create(OrderEvent(CLIENT_ID, K.SENT, START))
        with pytest.raises(ValueError, match="intent"):
            create(OrderEvent(CLIENT_ID, K.CREATED, START))


class TestRules:
    def test_a_replay_gives_the_same_order(self) -> None:
        story = Story()
        events = [OrderEvent(CLIENT_ID, K.CREATED, START, intent=intent(terms(), CLIENT_ID))]
        order = create(events[0])
        for kind, others in (
            (K.SENT, {}),
            (K.AMBIGUOUS, {}),
            (K.FOUND, {"reported_state": S.WORKING, "broker_order_id": "b1"}),
            (K.EXECUTION, {"execution": execution("a", 40)}),
            (K.CANCEL_SENT, {}),
            (K.CANCELED, {}),
            (K.EXECUTION, {"execution": execution("b", 10)}),
        ):
            event = story.event(kind, **others)
            events.append(event)
            order = apply(order, event)
        assert replay(events) == order
        assert order.state is S.CANCELED
        assert order.filled_quantity == 50

    def test_rule_b_quantity_falls_by_a_bust_only(self) -> None:
        story = story_in(S.PARTIAL)
        for kind in (K.FOUND, K.STATUS, K.WORKING, K.CANCELED):
            assert story.tell(kind, reported_state=S.ACCEPTED, reported_filled=D(0)).filled_quantity == 40
        assert story.bust("first").filled_quantity == 0

    @pytest.mark.parametrize(
        ("state", "kind"),
        [(S.WORKING, K.ACCEPTED), (S.PARTIAL, K.ACCEPTED), (S.PARTIAL, K.WORKING), (S.FILLED, K.WORKING)],
    )
    def test_rule_c_a_lower_word_is_ignored(self, state: OrderState, kind: OrderEventKind) -> None:
        assert story_in(state).tell(kind).state is state

    def test_rule_c_a_newer_snapshot_may_say_less(self) -> None:
        story = story_in(S.WORKING)
        old = START - timedelta(seconds=5)
        assert story.tell(K.FOUND, reported_state=S.ACCEPTED, at=old).state is S.WORKING
        assert story_in(S.WORKING).tell(K.FOUND, reported_state=S.ACCEPTED).state is S.ACCEPTED

    def test_a_snapshot_never_hides_a_fill(self) -> None:
        assert story_in(S.PARTIAL).tell(K.FOUND, reported_state=S.WORKING).state is S.PARTIAL

    def test_case_19_a_fill_before_the_answer(self) -> None:
        story = story_in(S.SENDING)
        story.fill(100, "a")
        order = story.tell(K.ACCEPTED, broker_order_id="b1")
        assert order.state is S.FILLED
        assert order.broker_order_id == "b1"
        assert order.pending is Pending.NONE
        assert order.acked_at is not None

    def test_case_24_the_same_execution_twice_counts_once(self) -> None:
        story = story_in(S.WORKING)
        story.fill(40, "a")
        assert story.fill(40, "a").filled_quantity == 40

    def test_case_33_a_cancel_refused_because_it_filled(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.CANCEL_SENT)
        story.fill(100, "a")
        order = story.tell(K.CANCEL_REFUSED, reason="too late")
        assert order.state is S.FILLED
        assert order.pending is Pending.NONE
        assert order.reason == "too late"

    def test_the_end_before_its_last_fill(self) -> None:
        story = story_in(S.FILLED)
        assert story.tell(K.CANCELED).state is S.FILLED
        assert story.bust("whole").state is S.CANCELED


class TestPending:
    def test_is_orthogonal_to_a_partial_fill(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.CANCEL_SENT)
        order = story.fill(40, "a")
        assert (order.state, order.pending) == (S.PARTIAL, Pending.CANCEL)

    @pytest.mark.parametrize("kind", [K.CANCEL_AMBIGUOUS, K.STATUS, K.WORKING])
    def test_rule_d_silence_never_clears_a_cancel(self, kind: OrderEventKind) -> None:
        story = story_in(S.WORKING)
        story.tell(K.CANCEL_SENT)
        order = story.tell(kind)
        assert (order.state, order.pending) == (S.WORKING, Pending.CANCEL)

    @pytest.mark.parametrize(
        ("kind", "state"), [(K.CANCEL_REFUSED, S.WORKING), (K.CANCELED, S.CANCELED), (K.EXPIRED, S.EXPIRED)]
    )
    def test_evidence_clears_a_cancel(self, kind: OrderEventKind, state: OrderState) -> None:
        story = story_in(S.WORKING)
        story.tell(K.CANCEL_SENT)
        order = story.tell(kind)
        assert (order.state, order.pending, order.pending_since) == (state, Pending.NONE, None)

    @pytest.mark.parametrize("kind", [K.ACCEPTED, K.WORKING, K.REFUSED, K.AMBIGUOUS, K.QUESTION])
    def test_any_answer_ends_the_submit(self, kind: OrderEventKind) -> None:
        story = story_in(S.SENDING)
        assert story.order.pending is Pending.SUBMIT
        assert story.tell(kind).pending is Pending.NONE

    def test_a_cancel_of_an_order_still_being_sent_survives_its_acceptance(self) -> None:
        story = story_in(S.SENDING)
        story.tell(K.CANCEL_SENT)
        order = story.tell(K.ACCEPTED)
        assert (order.state, order.pending) == (S.ACCEPTED, Pending.CANCEL)

    def test_no_command_waits_on_an_ended_order(self) -> None:
        for kind in (K.SENT, K.CANCEL_SENT, K.REPLACE_SENT):
            order = story_in(S.CANCELED).tell(kind, terms=terms(quantity=5))
            assert order.pending is Pending.NONE
            assert order.pending_terms is None


class TestReplace:
    wanted = terms(order_type=OrderType.LIMIT, quantity=120, limit_price=D(11))

    def test_confirmed_in_place(self) -> None:
        story = story_in(S.PARTIAL)
        order = story.tell(K.REPLACE_SENT, terms=self.wanted)
        assert (order.pending, order.pending_terms, order.quantity) == (Pending.REPLACE, self.wanted, D(100))
        order = story.tell(K.TERMS_CHANGED, terms=self.wanted)
        assert (order.pending, order.pending_terms, order.terms) == (Pending.NONE, None, self.wanted)
        assert order.state is S.PARTIAL
        assert order.intent.terms.quantity == 100

    def test_case_36_refused_keeps_the_original_terms(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.REPLACE_SENT, terms=self.wanted)
        order = story.tell(K.REPLACE_REFUSED, reason="not now")
        assert (order.terms.quantity, order.pending, order.pending_terms) == (D(100), Pending.NONE, None)
        assert order.reason == "not now"

    def test_by_a_successor(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.REPLACE_SENT, terms=self.wanted)
        order = story.tell(K.REPLACED, successor_id="LPAB2")
        assert (order.state, order.replaced_by_id, order.pending) == (S.REPLACED, "LPAB2", Pending.NONE)
        assert story.fill(30, "late").filled_quantity == 30

    def test_down_to_what_is_filled_completes_the_order(self) -> None:
        assert story_in(S.PARTIAL).tell(K.TERMS_CHANGED, terms=terms(quantity=40)).state is S.FILLED

    def test_below_what_is_filled_needs_a_person(self) -> None:
        assert story_in(S.PARTIAL).tell(K.TERMS_CHANGED, terms=terms(quantity=30)).state is S.ATTENTION

    def test_a_larger_quantity_told_after_the_old_one_filled_opens_the_order_again(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.REPLACE_SENT, terms=terms(quantity=150))
        story.fill(100, "a")
        order = story.tell(K.TERMS_CHANGED, terms=terms(quantity=150))
        assert order.state is S.PARTIAL
        assert order.remaining_quantity == 50
        assert order.closed_at is None


class TestStamps:
    def test_are_set_once(self) -> None:
        story = Story()
        sent = story.tell(K.SENT).sent_at
        acked = story.tell(K.ACCEPTED).acked_at
        order = story.tell(K.WORKING)
        assert (order.sent_at, order.acked_at) == (sent, acked)
        closed = story.tell(K.CANCELED).closed_at
        assert story.fill(100, "late").closed_at == closed

    def test_a_trigger_and_a_trail_are_kept(self) -> None:
        story = story_in(S.ACCEPTED)
        assert story.tell(K.TRIGGERED, price=D("9.5")).trigger_price == D("9.5")
        assert story.tell(K.TRAILED, price=D("9.7")).stop_trigger == D("9.7")

    def test_a_trigger_proves_that_the_broker_has_the_order(self) -> None:
        for state in (S.SENDING, S.QUESTION, S.UNKNOWN):
            assert story_in(state).tell(K.TRIGGERED).state is S.WORKING

    def test_every_broker_id_is_kept(self) -> None:
        story = story_in(S.SENDING)
        story.tell(K.ACCEPTED, broker_order_id="b1")
        order = story.tell(K.WORKING, broker_order_id="b2")
        assert order.broker_order_ids == ("b1", "b2")
        assert order.broker_order_id == "b2"


class TestSmallPrint:
    def test_a_bust_of_every_fill_leaves_a_working_order(self) -> None:
        story = story_in(S.PARTIAL)
        assert story.bust("first").state is S.WORKING

    def test_a_bust_that_comes_before_its_fill_changes_nothing_yet(self) -> None:
        story = story_in(S.ACCEPTED)
        assert story.bust("a").state is S.ACCEPTED
        order = story.fill(40, "a")
        assert (order.state, order.filled_quantity) == (S.WORKING, D(0))

    def test_the_time_of_the_doubt_is_that_of_the_newest(self) -> None:
        story = story_in(S.QUESTION)
        assert story.order.unknown_since is None
        first = story.tell(K.AMBIGUOUS).unknown_since
        assert first is not None
        assert story.tell(K.ACCEPTED).unknown_since == first

    def test_an_ended_order_keeps_how_it_ended_through_a_late_fill(self) -> None:
        story = story_in(S.EXPIRED)
        story.fill(100, "late")
        assert (story.order.state, story.order.ended_as) == (S.FILLED, S.EXPIRED)
        assert story.bust("late").state is S.EXPIRED

    def test_an_order_taken_back_to_life_forgets_its_end(self) -> None:
        story = story_in(S.UNKNOWN)
        story.tell(K.ABSENT)
        assert story.tell(K.FOUND, reported_state=S.WORKING).ended_as is None

    def test_a_bust_of_an_ended_order_is_no_late_fill(self) -> None:
        story = story_in(S.PARTIAL)
        story.tell(K.CANCELED)
        assert not story.bust("first").late_fill

    def test_a_replace_in_flight_is_not_ended_by_the_answer_to_something_else(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.REPLACE_SENT, terms=terms(quantity=120))
        assert story.tell(K.STATUS).pending is Pending.REPLACE
        assert story.tell(K.REPLACE_AMBIGUOUS).pending is Pending.REPLACE
        story.tell(K.CANCEL_SENT)
        assert story.tell(K.REPLACE_REFUSED).pending is Pending.CANCEL

    def test_a_trail_without_a_price_keeps_the_old_one(self) -> None:
        story = story_in(S.WORKING)
        story.tell(K.TRAILED, price=D("9.7"))
        assert story.tell(K.TRAILED).working_stop_price == D("9.7")
        assert story.tell(K.WORKING, price=D(5)).working_stop_price == D("9.7")

    def test_a_denied_order_with_a_busted_fill_still_needs_a_person(self) -> None:
        story = story_in(S.DENIED)
        story.fill(130, "ghost")
        assert story.bust("ghost").state is S.ATTENTION
