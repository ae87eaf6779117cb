"""The time line of one order: what is read back, how it is described, and how one goes through a list of orders."""

from dataclasses import replace

import pytest

from legend_desktop.domain.enums import OrderType, Origin
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind as K
from legend_desktop.domain.records import QuoteMoment
from legend_desktop.viewmodels.order_timeline import OrderTimelineViewModel
from legend_desktop.viewmodels.order_timeline_events import events_table
from legend_desktop.viewmodels.order_timeline_words import describe_order
from tests.fakes.clock import FakeClock, settle
from tests.unit.services.test_execution_analytics import Desk, d, execution, intent
from tests.unit.viewmodels.timeline_world import TimelineWorld, facts


async def test_an_order_is_told_from_the_key_to_its_end() -> None:
    world = TimelineWorld()
    shown = describe_order(await world.limit_that_is_cancelled(), "Simulator")
    assert shown.title == "Buy 100 AAPL at 175.55, day"
    assert shown.facts == (
        "Simulator, simulated",
        "Mon 23 Nov 2026, 10:00:03 New York",
        "60 of 100 filled, 40 cancelled by you",
    )
    told = [(row.after, row.what, row.detail, row.note) for row in shown.events]
    assert told == [
        ("0.0 ms", "Key pressed", "175.50 × 175.52", "0.0 ms old"),
        ("0.3 ms", "Checked", "175.50 × 175.52", ""),
        ("1.6 ms", "Intent on disk", "", "before any byte"),
        ("1.8 ms", "Bytes sent", "175.50 × 175.52", "arrival, benchmark"),
        ("121.4 ms", "Answer read", "", ""),
        ("121.4 ms", "Accepted", "order 8841207731", ""),
        ("141.4 ms", "Fill on screen", "", ""),
        ("141.4 ms", "Fill", "40 at 175.52", "175.50 × 175.52, no venue"),
        ("1,141.4 ms", "Fill", "20 at 175.55", "175.53 × 175.55, no venue"),
        ("12,141.4 ms", "Cancel sent", "", ""),
        ("12,141.4 ms", "Cancelled", "40 left", "by you, 175.60 × 175.62"),
    ]
    assert events_table(shown.events).splitlines()[4] == "1.8 ms\tBytes sent\t175.50 × 175.52\tarrival, benchmark"
    await world.stop()


async def test_the_shortfall_parts_add_up_to_its_total() -> None:
    world = TimelineWorld()
    shown = describe_order(await world.limit_that_is_cancelled(), "Simulator")
    parts = {row.label: (row.money, row.bps) for row in shown.shortfall}
    assert parts["Trading, spread and movement"] == ("$1.20", "0.68 bp")
    assert parts["Opportunity, 40 never bought"] == ("$4.00", "2.28 bp")
    assert parts["Total"] == ("$5.20", "2.96 bp")
    *single, total = shown.shortfall
    assert sum(row.size or 0.0 for row in single) == pytest.approx(total.size)
    assert shown.shortfall_of == "of $17,551 decided"
    assert shown.figure == "+1.14"
    assert shown.figure_note.endswith("= $1.20 on 60 shares")
    assert facts(shown.score)["Fill, weight 20"] == ("—", "left out: you cancelled the rest")
    await world.stop()


async def test_the_picture_holds_band_own_limit_mids_and_fills() -> None:
    world = TimelineWorld()
    line = await world.limit_that_is_cancelled()
    picture = describe_order(line, "Simulator").picture
    assert line.whole
    assert [(step.bid, step.ask) for step in picture.band] == [(175.50, 175.52), (175.53, 175.55), (175.60, 175.62)]
    assert all(first.end == second.start for first, second in zip(picture.band, picture.band[1:], strict=False))
    own = [level for level in picture.levels if level.own]
    assert [(level.price, round(level.end - level.start, 2)) for level in own] == [(175.55, 12.14)]
    assert [level.words for level in picture.levels if not level.own] == [
        "mid at decision and arrival 175.51",
        "mid at cancel 175.61",
    ]
    assert [(round(dot.at, 4), dot.price, dot.shares) for dot in picture.dots] == [
        (0.1414, 175.52, 40.0),
        (1.1414, 175.55, 20.0),
    ]
    assert [instant.words for instant in picture.instants] == ["pressed, sent", "cancelled by you"]
    await world.stop()


async def test_the_bar_of_the_first_moments_has_three_parts_on_one_clock() -> None:
    world = TimelineWorld()
    bar = describe_order(await world.limit_that_is_cancelled(), "Simulator").latency
    assert [(part.kind, round(part.start, 1), round(part.end, 1)) for part in bar.parts] == [
        ("yours", 0.0, 1.8),
        ("away", 1.8, 121.4),
        ("screen", 121.4, 141.4),
    ]
    assert [words for _, words in bar.ticks][:5] == [
        "pressed 0.0",
        "checked 0.3",
        "on disk 1.6",
        "sent 1.8",
        "accepted 121.4",
    ]
    assert 1.8 < bar.change < 121.4
    assert bar.note.startswith("Simulator clock corrected by")
    await world.stop()


async def test_after_a_restart_the_same_order_is_told_and_gaps_stay_gaps() -> None:
    world = TimelineWorld()
    first = describe_order(await world.limit_that_is_cancelled(), "Simulator")
    await world.stop()
    again = TimelineWorld(Desk(world.desk.clock, world.desk.store, ring=True))
    await again.desk.service.load()
    line = await again.line("LP01")
    shown = describe_order(line, "Simulator")
    assert (shown.events, shown.shortfall, shown.costs) == (first.events, first.shortfall, first.costs)
    assert not line.whole
    assert "nobody watched" in shown.picture.note
    ends = [step.end - step.start for step in shown.picture.band]
    assert max(ends) <= 6.2  # two quotes that follow each other within five seconds, then nothing
    assert any(
        second.start - first_.end > 5
        for first_, second in zip(shown.picture.band, shown.picture.band[1:], strict=False)
    )
    await again.stop()


async def test_what_was_not_seen_is_a_dash_with_its_reason() -> None:
    world = TimelineWorld(Desk(FakeClock()))
    await world.send(intent("LP01", pressed_ns=0))
    await world.desk.clock.advance(0.2)
    await world.fill("LP01", 100, "175.52", "x1")
    shown = await world.shown("LP01")
    assert (shown.figure, shown.figure_note) == ("—", "no quote")
    assert facts(shown.costs)["Effective spread"] == ("—", "no fresh quote was seen")
    assert shown.shortfall == ()
    assert shown.shortfall_reason == "No fresh quote was seen when the order arrived."
    assert facts(shown.score)["Score"] == ("—", "no quote")
    assert {row.what: row.note for row in shown.events}["Bytes sent"] == "no quote seen"
    assert {row.what: row.note for row in shown.events}["Fill"] == "no quote seen, no venue"
    assert [row.mid for row in shown.marks] == ["in 50 ms", "in 1.00 s", "in 15.00 s", "in 1 min", "in 5 min"]
    await world.desk.clock.advance(400)
    assert {row.mid for row in (await world.shown("LP01")).marks} == {"not seen"}
    assert shown.picture.band == ()
    assert "0.00" not in shown.figure
    await world.stop()


async def test_an_order_placed_elsewhere_has_no_way_of_ours() -> None:
    world = TimelineWorld()
    world.desk.show("175.50", "175.52")
    await world.desk.send(replace(intent("X-1"), origin=Origin.EXTERNAL))
    await world.fill("X-1", 100, "175.52", "x1")
    shown = await world.shown("X-1")
    assert shown.latency.parts == ()
    assert "placed elsewhere" in shown.latency.reason
    assert ("Decision made", "placed elsewhere") in [(row.what, row.note) for row in shown.events]
    await world.stop()


async def test_a_chain_of_changes_is_one_line_with_every_price() -> None:
    world = TimelineWorld()
    world.desk.show("175.50", "175.52")
    await world.send(intent("LP01", order_type=OrderType.LIMIT, limit_price=d("175.40"), pressed_ns=0))
    await world.desk.tell("LP01", K.WORKING, broker_order_id="B1")
    await world.desk.clock.advance(2)
    await world.desk.send(intent("LP02", order_type=OrderType.LIMIT, limit_price=d("175.45"), replaces_id="LP01"))
    await world.desk.tell("LP02", K.WORKING, broker_order_id="B2")
    await world.desk.tell("LP01", K.REPLACED, successor_id="LP02")
    await world.desk.clock.advance(1)
    line = await world.line("LP01")
    assert [row.client_order_id for row in line.orders] == ["LP01", "LP02"]
    shown = describe_order(line, "Simulator")
    assert ("Working", "order B2", "175.50 × 175.52") in [(row.what, row.detail, row.note) for row in shown.events]
    assert [(row.label, row.note) for row in shown.score] == [("Score", "worked out when the order has ended")]
    own = [level.price for level in shown.picture.levels if level.own]
    assert own == [175.40, 175.45]
    assert line.quote(QuoteMoment.DECISION) is not None
    await world.stop()


async def test_a_busted_fill_is_no_dot_and_a_crossed_quote_no_band() -> None:
    world = TimelineWorld()
    world.desk.show("175.50", "175.52")
    await world.send(intent("LP01", pressed_ns=0))
    await world.fill("LP01", 100, "175.52", "x1")
    world.desk.show("175.60", "175.40")
    await world.desk.clock.advance(1)
    row = execution("LP01", 100, "175.52", "x2", at=world.desk.clock.now())
    bust = replace(row, kind=type(row.kind)("bust"), corrects_id="x1")
    await world.desk.tell("LP01", K.EXECUTION, execution=bust)
    shown = await world.shown("LP01")
    assert shown.picture.dots == ()
    assert [row.what for row in shown.events][-1] == "Fill taken back"
    assert all(step.ask >= step.bid for step in shown.picture.band)
    await world.stop()


class TestModel:
    async def test_j_and_k_go_through_the_list_and_esc_goes_back(self) -> None:
        world, model = await self._desk_with_orders()
        left: list[str] = []
        model.back_wanted.connect(left.append)
        model.open_order("LP02", ["LP01", "LP02", "LP03"], list_name="the ten costliest", origin="orders")
        await self._read(model, "LP02")
        assert model.place_words == "order 2 of the ten costliest"
        model.next()
        await self._read(model, "LP03")
        assert not model.has_next
        model.next()
        assert model.wanted == "LP03"
        model.previous()
        model.previous()
        await self._read(model, "LP01")
        assert not model.has_previous
        model.back()
        assert left == ["orders"]
        await self._end(world, model)

    async def test_without_a_list_the_newest_orders_are_gone_through(self) -> None:
        world, model = await self._desk_with_orders()
        model.open_order("LP02")
        await self._read(model, "LP02")
        assert model.place_words == "order 2 of 3"
        model.next()
        await self._read(model, "LP01")
        await self._end(world, model)

    async def test_news_of_the_order_on_screen_is_read_and_of_others_not(self) -> None:
        world, model = await self._desk_with_orders()
        await world.send(intent("LP04", pressed_ns=0))
        model.open_order("LP04")
        await self._read(model, "LP04")
        await world.fill("LP04", 100, "175.52", "x4")
        for _ in range(200):
            await settle()
            if model.shown is not None and model.shown.picture.dots:
                break
        assert model.shown is not None
        assert [dot.shares for dot in model.shown.picture.dots] == [100.0]
        await self._end(world, model)

    async def test_an_order_that_the_journal_does_not_know_says_so(self) -> None:
        world, model = await self._desk_with_orders()
        model.open_order("LP99", ["LP99", "LP01"])
        await self._until(lambda: bool(model.problem))
        assert model.problem == "The journal does not know this order."
        model.next()
        await self._read(model, "LP01")
        assert model.problem == ""
        await self._end(world, model)

    async def test_a_journal_that_cannot_be_read_is_said_in_its_words(self) -> None:
        world, model = await self._desk_with_orders()

        async def broken(client_order_id: str) -> None:
            raise StoreError(f"{client_order_id} cannot be read.", advice="Look at the disk.")

        world.lines.load = broken  # type: ignore[method-assign]
        model.open_order("LP01")
        await self._until(lambda: bool(model.problem))
        assert model.problem == "LP01 cannot be read. Look at the disk."
        await self._end(world, model)

    async def _desk_with_orders(self) -> tuple[TimelineWorld, OrderTimelineViewModel]:
        world = TimelineWorld()
        world.desk.show("175.50", "175.52")
        for number in (1, 2, 3):
            await world.send(intent(f"LP0{number}", pressed_ns=0))
            await world.fill(f"LP0{number}", 100, "175.52", f"x{number}")
        model = OrderTimelineViewModel(
            world.lines, world.desk.bus, world.desk.supervisor, broker_name=lambda broker: broker.value.title()
        )
        return world, model

    async def _until(self, done: object) -> None:
        assert callable(done)
        for _ in range(400):
            if done():
                return
            await settle()
        raise AssertionError("nothing happened")

    async def _read(self, model: OrderTimelineViewModel, key: str) -> None:
        await self._until(lambda: model.shown is not None and model.shown.client_order_id == key)

    async def _end(self, world: TimelineWorld, model: OrderTimelineViewModel) -> None:
        model.dispose()
        await world.stop()
