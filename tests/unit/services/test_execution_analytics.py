"""The service around the measures: hand-fed, following the bus, keeping quotes and marks, rebuilt from the journal."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.analytics.aggregate import aggregate
from legend_desktop.analytics.summary import summarise
from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import BrokerType, ExecutionKind, OrderSide, OrderState, OrderType, TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import KeyToWire, OrderMeasured
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order, OrderIntent, OrderTerms
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.order_ledger import OrderLedger
from legend_desktop.services.quote_ring import QuoteRing
from legend_desktop.services.task_supervisor import TaskSupervisor, log_report
from tests.fakes.clock import START, FakeClock, settle
from tests.fakes.memory_store import MemoryStore

KINDS = OrderEventKind


def d(value: str | int) -> Decimal:
    return Decimal(str(value))


def quote(bid: str, ask: str, clock: FakeClock | None = None) -> Quote:
    at = clock.now() if clock else START
    return Quote("AAPL", d(bid), d(ask), d(300), d(400), d(ask), at)


def terms(quantity: int = 100, **more: Any) -> OrderTerms:
    return OrderTerms(
        symbol=more.pop("symbol", "AAPL"),
        side=more.pop("side", OrderSide.BUY),
        order_type=more.pop("order_type", OrderType.MARKET),
        quantity=d(quantity),
        **more,
    )


def intent(identity: str = "LP01", mode: TradingMode = TradingMode.PAPER, **more: Any) -> OrderIntent:
    own = {name: more.pop(name) for name in ("replaces_id", "pressed_ns") if name in more}
    return OrderIntent(identity, BrokerType.SIMULATOR, mode, "SIM-1", terms(**more), START, **own)


def finished(identity: str = "LP01", price: str = "175.51", quantity: int = 100, **more: Any) -> Order:
    """An order that was sent and filled whole."""
    desired = intent(identity, quantity=quantity, **more)
    row = execution(identity, quantity, price, "x1", desired.terms.side)
    order = Order(
        intent=desired,
        terms=desired.terms,
        state=OrderState.FILLED,
        broker_order_ids=(f"B-{identity}",),
        sent_at=START,
        acked_at=START,
        closed_at=START,
    )
    return replace(order, executions=(row,), _filled=row.quantity, _average=row.price)


def execution(
    identity: str, quantity: int, price: str, execution_id: str, side: OrderSide = OrderSide.BUY, **more: Any
) -> Execution:
    at = more.pop("at", START + timedelta(milliseconds=120))
    return Execution(
        execution_id=execution_id,
        symbol="AAPL",
        side=side,
        quantity=d(quantity),
        price=d(price),
        executed_at=at,
        received_at=at,
        client_order_id=identity,
        commission=d(0),
        **more,
    )


@dataclass
class Desk:
    """A ledger, a bus and the service under test, with a quote that the test sets."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    market: dict[str, Quote] = field(default_factory=dict)
    measured: list[OrderMeasured] = field(default_factory=list)
    ring: bool = False

    def __post_init__(self) -> None:
        self.bus = EventBus(log_report)
        self.supervisor = TaskSupervisor()
        self.ledger = OrderLedger(self.store, self.bus, self.clock)
        self.seen = QuoteRing(self.clock)
        self.service = ExecutionAnalyticsService(
            self.store,
            self.ledger.book,
            self.bus,
            self.clock,
            quotes=self.market.get,
            instruments=lambda _: Instrument("AAPL", average_volume=d(50_000_000), daily_volatility=d("0.015")),
            supervisor=self.supervisor,
            ring=self.seen if self.ring else None,
        )
        self.bus.subscribe(OrderMeasured, self.measured.append)

    def show(self, bid: str, ask: str) -> None:
        self.market["AAPL"] = quote(bid, ask, self.clock)
        self.seen.add(self.market["AAPL"])

    async def send(self, desired: OrderIntent) -> None:
        created = OrderEvent(desired.client_order_id, KINDS.CREATED, self.clock.now(), intent=desired)
        sent = OrderEvent(desired.client_order_id, KINDS.SENT, self.clock.now(), mono_ns=self.clock.monotonic_ns())
        await self.ledger.intend([created, sent])

    async def tell(self, identity: str, kind: OrderEventKind, **more: Any) -> None:
        at = self.clock.now()
        await self.ledger.learn(
            [OrderEvent(identity, kind, at, mono_ns=self.clock.monotonic_ns(), broker_at=at, **more)]
        )

    async def filled(self, identity: str, quantity: int, price: str, execution_id: str) -> None:
        row = execution(identity, quantity, price, execution_id, at=self.clock.now())
        await self.tell(identity, KINDS.EXECUTION, execution=row)

    async def stop(self) -> None:
        await settle()
        await self.supervisor.stop()


class TestByHand:
    def test_the_documents_own_calls(self) -> None:
        analytics = ExecutionAnalyticsService()
        metrics = analytics.record_execution(finished(), 175.50)
        stats = analytics.get_aggregate_stats(symbol="AAPL")
        slippage = analytics.get_slippage_analysis()
        assert f"{stats.avg_slippage_bps:.2f} bps" == "0.57 bps"
        assert f"{stats.avg_execution_quality:.1f}/100" == "96.6/100"
        assert f"{slippage['median_slippage_bps']:.2f} bps" == "0.57 bps"
        assert metrics["slippage_cost"] == metrics.slippage_cost == d("1.00")

    def test_a_quote_is_preferred_to_a_number(self) -> None:
        analytics = ExecutionAnalyticsService()
        metrics = analytics.record_execution(finished(), quote("175.50", "175.52"))
        assert (metrics.benchmark_kind, metrics.slippage_cost) == ("arrival_mid", d(0))
        assert metrics.price_improvement_amount == d("1.00")

    @pytest.mark.parametrize("price", [0, -1, float("nan"), "abc", "Infinity", True])
    def test_an_impossible_price_stores_nothing(self, price: Any) -> None:
        analytics = ExecutionAnalyticsService()
        with pytest.raises(ValueError, match="market price"):
            analytics.record_execution(finished(), price)
        assert analytics.all_metrics() == ()

    def test_impossible_orders_store_nothing(self) -> None:
        analytics = ExecutionAnalyticsService()
        whole = finished()
        wrong: list[Any] = [
            replace(whole, terms=replace(whole.terms, quantity=d(0))),
            replace(whole, terms=replace(whole.terms, quantity=Decimal("NaN"))),
            replace(
                whole,
                terms=replace(whole.terms, side="sideways"),  # type: ignore[arg-type]
            ),
            replace(whole, executions=(replace(whole.executions[0], price=d(-1)),)),
            "LP01",
        ]
        for order in wrong:
            with pytest.raises(ValueError, match=r"must be|is buy or sell|can be measured"):
                analytics.record_execution(order, 175.50)
        assert analytics.all_metrics() == ()

    def test_twice_is_once_and_more_fills_replace(self) -> None:
        analytics = ExecutionAnalyticsService()
        whole = finished()
        first = replace(
            whole,
            state=OrderState.PARTIAL,
            executions=(execution("LP01", 40, "175.60", "x0"),),
            _filled=d(40),
            _average=d("175.60"),
        )
        assert analytics.record_execution(first, 175.50).provisional
        assert analytics.get_aggregate_stats().total_orders == 0
        assert analytics.get_aggregate_stats().working_orders == 1
        record = analytics.record_execution(whole, 175.50)
        assert analytics.record_execution(whole, 175.50) is record
        assert analytics.get_aggregate_stats().total_orders == 1
        assert record.revision == 1

    def test_a_corrected_price_keeps_the_former_one(self) -> None:
        analytics = ExecutionAnalyticsService()
        analytics.record_execution(finished(), 175.50)
        record = analytics.record_execution(finished(), "175.40")
        assert (record.revision, record.previous_benchmark_price) == (2, d("175.5"))
        assert record.benchmark_price == d("175.40")

    def test_paper_and_live_are_never_mixed(self) -> None:
        analytics = ExecutionAnalyticsService()
        analytics.record_execution(finished("LP01"), 175.50)
        analytics.record_execution(finished("LL01", price="176.00", mode=TradingMode.LIVE), 175.50)
        assert analytics.get_aggregate_stats().mode == "live"
        assert analytics.get_aggregate_stats().total_slippage_cost == d(50)
        assert analytics.get_aggregate_stats(mode="paper").total_slippage_cost == d(1)
        assert analytics.get_slippage_analysis(mode=TradingMode.PAPER)["n"] == 1

    def test_figures_kept_up_to_date_are_those_of_all_records(self) -> None:
        analytics = ExecutionAnalyticsService()
        for number in range(6):
            analytics.record_execution(finished(f"LP0{number}", price=f"175.5{number}"), 175.50)
        analytics.record_execution(finished("LP03"), 175.40)
        analytics.record_execution(finished("LL01", mode=TradingMode.LIVE), 175.50)
        for mode in TradingMode:
            records = tuple(analytics.select(mode=mode))
            assert analytics.summary_source(mode).summarise() == summarise(records, mode=mode.value)
            assert analytics.get_aggregate_stats(mode=mode) == aggregate(records, mode=mode.value)

    def test_an_order_that_turns_out_to_be_live_leaves_the_paper_figures(self) -> None:
        analytics = ExecutionAnalyticsService()
        analytics.record_execution(finished("LP01"), 175.50)
        analytics.record_execution(finished("LP01", mode=TradingMode.LIVE), 175.50)
        assert analytics.get_aggregate_stats(mode="paper").total_orders == 0
        assert analytics.get_aggregate_stats(mode="live").total_orders == 1

    def test_days_and_filters(self) -> None:
        clock = FakeClock(START + timedelta(days=10))
        analytics = ExecutionAnalyticsService(clock=clock)
        analytics.record_execution(finished(), 175.50)
        assert analytics.get_aggregate_stats(days=30).total_orders == 1
        assert analytics.get_aggregate_stats(days=5).total_orders == 0
        assert analytics.get_aggregate_stats(side="sell").total_orders == 0
        with pytest.raises(ValueError, match="above zero"):
            analytics.get_aggregate_stats(days=0)
        with pytest.raises(ValueError, match="no filter colour"):
            analytics.get_slippage_analysis(colour="red")

    def test_a_brokers_bare_report_is_measured_from_its_totals(self) -> None:
        report = OrderReport(
            broker_order_id="77",
            client_order_id="",
            terms=terms(),
            state=OrderState.FILLED,
            status_text="filled",
            filled_quantity=d(100),
            average_fill_price=d("175.52"),
            entered_at=START,
            updated_at=START,
        )
        analytics = ExecutionAnalyticsService()
        metrics = analytics.record_execution(report, 175.50)
        assert (metrics.slippage_cost, metrics.broker, metrics.order_id) == (d(2), "unknown", "77")
        assert "synthetic_fill" in metrics.flags
        named = analytics.record_execution(
            replace(report, broker_order_id="78"), 175.50, broker=BrokerType.ALPACA, mode=TradingMode.LIVE
        )
        assert (named.broker, named.mode) == ("alpaca", TradingMode.LIVE)

    def test_the_usual_spread_of_the_symbol_stands_in_for_a_missing_quote(self) -> None:
        analytics = ExecutionAnalyticsService()
        analytics.record_execution(finished("LP01"), quote("175.40", "175.60"))
        record = analytics.record_execution(finished("LP02"), 175.50)
        assert "usual_half_spread" in record.flags
        assert record.expected_bps is not None
        assert round(record.expected_bps, 2) == d("5.70")


class TestOnTheBus:
    async def test_an_order_is_followed_from_send_to_fill(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent(pressed_ns=0))
        desk.bus.publish(KeyToWire("LP01", 2.5, desk.clock.now()))
        assert desk.measured == []
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        await desk.clock.advance(0.25)
        desk.show("175.60", "175.62")
        await desk.filled("LP01", 40, "175.52", "x1")
        partial = desk.service.order_metrics("LP01")
        assert partial is not None
        assert (partial.provisional, partial.filled_qty, partial.slippage_cost) == (True, d(40), d("0.40"))
        assert desk.service.get_aggregate_stats().total_orders == 0
        await desk.filled("LP01", 60, "175.53", "x2")
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert (record.provisional, record.benchmark_price) == (False, d("175.51"))
        assert record.slippage_cost == d("1.60")
        assert record.decision_to_submit_ms == 2.5
        assert record.ack_to_first_fill_ms == 250.0
        assert desk.measured[-1] == OrderMeasured("LP01", "AAPL")
        await settle()
        assert {row.moment for row in desk.store.quotes} == {QuoteMoment.SEND, QuoteMoment.FILL}
        await desk.stop()

    async def test_marks_are_taken_at_every_horizon_and_stored(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.filled("LP01", 100, "175.52", "x1")
        for seconds, bid in ((0.05, "175.51"), (0.95, "175.52"), (14, "175.53"), (45, "175.54"), (240, "175.55")):
            await desk.clock.advance(seconds - 0.001)
            desk.show(bid, str(d(bid) + d("0.02")))
            await desk.clock.advance(0.001)
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert list(record.price_impact.values()) == [d(f"0.0{2 * step}") for step in range(1, 5)] + [d("0.10")]
        kept = [row for row in desk.store.quotes if row.moment is QuoteMoment.AFTER]
        assert [row.offset_ms for row in kept] == [50, 1_000, 15_000, 60_000, 300_000]
        assert {row.execution_id for row in kept} == {"x1"}
        await desk.clock.advance(1_500)
        kept = [row for row in desk.store.quotes if row.moment is QuoteMoment.AFTER]
        assert [row.offset_ms for row in kept] == [50, 1_000, 15_000, 60_000, 300_000, 600_000, 1_800_000]
        assert desk.supervisor.names == []
        await desk.stop()

    async def test_a_mark_after_the_close_is_taken_at_the_close(self) -> None:
        desk = Desk(FakeClock(START.replace(hour=20, minute=59, second=30)))
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.filled("LP01", 100, "175.52", "x1")
        await desk.clock.advance(29)
        desk.show("175.60", "175.62")
        await desk.clock.advance(2)
        late = [row for row in desk.store.quotes if row.offset_ms in {60_000, 300_000}]
        assert [row.at.minute for row in late] == [0, 0]
        assert all(row.at.second == 0 for row in late)
        await desk.stop()

    async def test_a_fill_learned_late_gets_no_mark_for_what_has_passed(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        row = execution("LP01", 100, "175.52", "x1", at=desk.clock.now())
        await desk.clock.advance(20)
        desk.show("175.50", "175.52")
        await desk.tell("LP01", KINDS.EXECUTION, execution=row)
        await desk.clock.advance(300)
        offsets = {row.offset_ms for row in desk.store.quotes if row.moment is QuoteMoment.AFTER}
        assert offsets == {60_000, 300_000}
        await desk.stop()

    async def test_a_fill_told_late_gets_the_quotes_of_its_own_time(self) -> None:
        desk = Desk(ring=True)
        desk.show("175.50", "175.52")
        await desk.send(intent())
        row = execution("LP01", 100, "175.52", "x1", at=desk.clock.now() + timedelta(milliseconds=1))
        await desk.clock.advance(0.5)
        desk.show("175.60", "175.62")
        await desk.clock.advance(19.5)
        desk.show("176.00", "176.02")
        await desk.tell("LP01", KINDS.EXECUTION, execution=row)
        await settle()
        found = {(kept.moment, kept.offset_ms): kept.quote.bid for kept in desk.store.quotes}
        assert found[(QuoteMoment.FILL, None)] == d("175.50")
        assert found[(QuoteMoment.AFTER, 50)] == d("175.50")
        assert found[(QuoteMoment.AFTER, 1_000)] == found[(QuoteMoment.AFTER, 15_000)] == d("175.60")
        assert (QuoteMoment.AFTER, 60_000) not in found
        await desk.stop()

    async def test_a_late_fill_that_nobody_watched_keeps_no_quote_of_another_time(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        row = execution("LP01", 100, "175.52", "x1", at=desk.clock.now() + timedelta(milliseconds=1))
        await desk.clock.advance(20)
        await desk.tell("LP01", KINDS.EXECUTION, execution=row)
        await settle()
        assert {kept.moment for kept in desk.store.quotes} == {QuoteMoment.SEND}
        await desk.stop()

    async def test_a_leg_keeps_its_answer_its_end_and_the_stamp_of_its_first_fill(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        leg = replace(intent(order_type=OrderType.LIMIT, limit_price=d("175.40")), parent_id="LP00")
        await desk.send(leg)
        await desk.tell("LP01", KINDS.WORKING, broker_order_id="B1")
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        await desk.filled("LP01", 10, "175.40", "x1")
        await desk.clock.advance(1)
        await desk.filled("LP01", 10, "175.40", "x2")
        await desk.tell("LP01", KINDS.CANCELED)
        await settle()
        moments = [row.moment for row in desk.store.quotes if row.moment is not QuoteMoment.AFTER]
        fills = [QuoteMoment.FILL, QuoteMoment.FILL]
        assert moments == [QuoteMoment.SEND, QuoteMoment.ACK, *fills, QuoteMoment.CANCEL]
        assert [(row.moment, row.at) for row in desk.store.stamps] == [(StampMoment.FILLED, START)]
        desk.service.note_on_screen("LP01")
        desk.service.note_on_screen("LP01")
        await settle()
        assert [row.moment for row in desk.store.stamps] == [StampMoment.FILLED, StampMoment.ON_SCREEN]
        await desk.stop()

    async def test_marks_that_were_still_to_come_are_taken_after_a_restart(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.filled("LP01", 100, "175.52", "x1")
        await desk.clock.advance(20)
        await desk.supervisor.stop()
        await desk.clock.advance(60)
        again = Desk(desk.clock, desk.store, ring=True)
        again.show("175.70", "175.72")
        await again.service.load()
        await again.clock.advance(219)
        again.show("175.70", "175.72")
        await again.clock.advance(6)
        await again.service.load()  # what was taken or waits already is not taken twice
        await again.clock.advance(2_000)
        offsets = [row.offset_ms for row in desk.store.quotes if row.moment is QuoteMoment.AFTER]
        assert offsets == [50, 1_000, 15_000, 300_000, 600_000, 1_800_000]
        record = again.service.order_metrics("LP01")
        assert record is not None
        assert record.price_impact["1m"] is None
        assert record.price_impact["5m"] == d("0.40")
        await again.stop()

    async def test_a_bust_takes_the_fill_out_again(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.filled("LP01", 60, "175.52", "x1")
        await desk.filled("LP01", 40, "179.00", "x2")
        bust = replace(
            execution("LP01", 40, "179.00", "x3", at=desk.clock.now()), kind=ExecutionKind.BUST, corrects_id="x2"
        )
        await desk.tell("LP01", KINDS.EXECUTION, execution=bust)
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert (record.filled_qty, record.slippage_cost, record.provisional) == (d(60), d("0.60"), True)
        await desk.stop()

    async def test_a_chain_of_replacements_is_one_order(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        limit: dict[str, Any] = {"order_type": OrderType.LIMIT, "limit_price": d("175.50")}
        await desk.send(intent(**limit))
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        await desk.filled("LP01", 30, "175.50", "x1")
        await desk.clock.advance(1)
        desk.show("175.70", "175.72")
        await desk.send(intent("LP02", quantity=70, replaces_id="LP01", **{**limit, "limit_price": d("175.72")}))
        await desk.tell("LP01", KINDS.REPLACED, successor_id="LP02")
        await desk.tell("LP02", KINDS.ACCEPTED, broker_order_id="B2")
        await desk.filled("LP02", 70, "175.72", "x2")
        assert len(desk.service.all_metrics()) == 1
        record = desk.service.order_metrics("LP01")
        assert record is desk.service.order_metrics("LP02")
        assert record is not None
        assert (record.ordered_qty, record.filled_qty, record.order_id) == (d(100), d(100), "B2")
        assert record.benchmark_price == d("175.51")
        assert record.slippage_cost == 30 * d("-0.01") + 70 * d("0.21")
        assert record.chain == ("LP01", "LP02")
        await desk.stop()

    async def test_a_refused_change_is_no_part_of_the_order(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        await desk.send(intent("LP02", replaces_id="LP01"))
        await desk.tell("LP02", KINDS.REFUSED, reason="no")
        await desk.filled("LP01", 100, "175.52", "x1")
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert (record.state, record.filled_qty) == (OrderState.FILLED, d(100))
        assert desk.service.get_aggregate_stats().rejected_orders == 0
        await desk.stop()

    async def test_a_denied_order_leaves_no_record(self) -> None:
        desk = Desk()
        created = OrderEvent("LP01", KINDS.CREATED, desk.clock.now(), intent=intent())
        await desk.ledger.intend([created, OrderEvent("LP01", KINDS.DENIED, desk.clock.now(), reason="too big")])
        assert desk.service.all_metrics() == ()
        await desk.stop()

    async def test_a_cancel_keeps_its_quote_for_the_opportunity_cost(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent(order_type=OrderType.LIMIT, limit_price=d("175.40")))
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        await desk.clock.advance(30)
        desk.show("176.50", "176.52")
        await desk.tell("LP01", KINDS.CANCELED, origin="user")
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert record.cancel_origin == "user"
        assert record.is_breakdown is not None
        assert record.is_breakdown.opportunity == d("100.00")
        await desk.stop()

    async def test_a_failing_journal_leaves_the_figures(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.filled("LP01", 100, "175.52", "x1")
        desk.store.fail_with = StoreError("The disk is full.")
        await desk.clock.advance(2)
        desk.store.fail_with = None
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert record.realised_spread["1s"] is not None
        await desk.clock.advance(300)
        await desk.stop()

    async def test_nothing_starts_while_the_program_stops(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        await desk.send(intent())
        await desk.supervisor.stop()
        await desk.filled("LP01", 100, "175.52", "x1")
        assert desk.service.order_metrics("LP01") is not None
        assert desk.supervisor.names == []

    async def test_closed_means_deaf(self) -> None:
        desk = Desk()
        desk.service.close()
        await desk.send(intent())
        await desk.tell("LP01", KINDS.ACCEPTED)
        assert desk.service.all_metrics() == ()
        await desk.stop()

    async def test_what_the_sender_wrote_is_read_back_after_a_second(self) -> None:
        desk = Desk()
        desk.show("175.50", "175.52")
        at = desk.clock.now()
        created = OrderEvent("LP01", KINDS.CREATED, at, intent=intent())
        decision = OrderQuote("LP01", QuoteMoment.DECISION, at, quote("175.48", "175.50"))
        await desk.ledger.intend([created, OrderEvent("LP01", KINDS.SENT, at)], [decision])
        await desk.tell("LP01", KINDS.ACCEPTED, broker_order_id="B1")
        stamps = ((StampMoment.DECIDED, 0), (StampMoment.SENT, 2_000_000), (StampMoment.ANSWERED, 5_000_000))
        await desk.ledger.keep((), [OrderStamp("LP01", moment, at, ns) for moment, ns in stamps])
        await desk.filled("LP01", 100, "175.52", "x1")
        await desk.clock.advance(0.9)
        early = desk.service.order_metrics("LP01")
        await desk.clock.advance(0.2)
        record = desk.service.order_metrics("LP01")
        assert early is not None
        assert record is not None
        assert early.decision_to_submit_ms is None
        assert (record.decision_to_submit_ms, record.submit_to_ack_ms) == (2.0, 3.0)
        assert record.is_breakdown is not None
        assert record.is_breakdown.delay == d("2.00")
        await desk.stop()

    async def test_noted_quotes_and_stamps_refine_the_record(self) -> None:
        desk = Desk()
        await desk.send(intent())
        await desk.filled("LP01", 100, "175.52", "x1")
        bare = desk.service.order_metrics("LP01")
        assert bare is not None
        assert bare.benchmark_price is None
        at = desk.clock.now()
        desk.service.note_quote(OrderQuote("LP01", QuoteMoment.DECISION, at, quote("175.50", "175.52")))
        for moment, ns in ((StampMoment.PRESSED, 0), (StampMoment.SENT, 1_500_000), (StampMoment.ANSWERED, 9_500_000)):
            desk.service.note_stamp(OrderStamp("LP01", moment, at, ns))
        record = desk.service.order_metrics("LP01")
        assert record is not None
        assert (record.benchmark_price, record.decision_to_submit_ms, record.submit_to_ack_ms) == (
            d("175.51"),
            1.5,
            8.0,
        )
        desk.service.note_quote(OrderQuote("nobody", QuoteMoment.DECISION, at, quote("1", "2")))
        await desk.stop()


class TestFromTheJournal:
    async def traded(self) -> Desk:
        desk = Desk()
        desk.show("175.50", "175.52")
        for number, price in enumerate(("175.52", "175.51", "175.53")):
            await desk.send(intent(f"LP0{number}"))
            await desk.tell(f"LP0{number}", KINDS.ACCEPTED, broker_order_id=f"B{number}")
            await desk.filled(f"LP0{number}", 100, price, f"x{number}")
        await desk.clock.advance(301)
        await desk.send(intent("LP09"))
        await desk.tell("LP09", KINDS.ACCEPTED, broker_order_id="B9")
        await desk.stop()
        return desk

    async def test_all_records_come_back_as_they_were(self) -> None:
        desk = await self.traded()
        later = ExecutionAnalyticsService(
            desk.store,
            clock=desk.clock,
            instruments=lambda _: Instrument("AAPL", average_volume=d(50_000_000), daily_volatility=d("0.015")),
        )
        assert await later.load() == 4
        assert later.all_metrics() == desk.service.all_metrics()
        assert later.get_aggregate_stats() == desk.service.get_aggregate_stats()
        paper = TradingMode.PAPER
        assert later.summary_source(paper).summarise() == summarise(desk.service.all_metrics())

    async def test_news_during_loading_wins_over_the_stored_state(self) -> None:
        desk = await self.traded()
        desk.supervisor = TaskSupervisor()
        bus = EventBus(log_report)
        later = ExecutionAnalyticsService(desk.store, bus=bus, clock=desk.clock)
        ledger = OrderLedger(desk.store, bus, desk.clock)
        await ledger.load(START)
        await desk.clock.advance(1)
        event = OrderEvent("LP09", KINDS.CANCELED, desk.clock.now(), origin="user")
        await ledger.learn([event])
        desk.store.events.remove(event)
        assert await later.load() == 4
        record = later.order_metrics("LP09")
        assert record is not None
        assert record.cancel_origin == "user"
        assert later.get_aggregate_stats() == aggregate(later.all_metrics())
        assert [row.client_order_id for row in later.all_metrics()] == ["LP00", "LP01", "LP02", "LP09"]

    async def test_loading_tells_who_shows_the_orders(self) -> None:
        desk = await self.traded()
        desk.measured.clear()
        assert await desk.service.load() == 4
        assert [row.client_order_id for row in desk.measured] == ["LP00", "LP01", "LP02", "LP09"]

    async def test_without_a_store_the_book_is_taken(self) -> None:
        desk = await self.traded()
        later = ExecutionAnalyticsService(book=desk.ledger.book)
        assert await later.load() == 4
