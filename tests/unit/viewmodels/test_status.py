from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import BrokerType, ConnectionState
from legend_desktop.domain.events import Alarm, ConnectionChanged, KeyToWire, ReconcileFinished
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_ledger import JOURNAL_ALARM
from legend_desktop.viewmodels.status import StatusPart, StatusViewModel, city_of, percentile
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import raise_report


class Quotes:
    def __init__(self) -> None:
        self.rate = 0.0
        self.age: tuple[str, timedelta] | None = None

    def per_second(self) -> float:
        return self.rate

    def oldest(self, now: datetime) -> tuple[str, timedelta] | None:
        return self.age


class World:
    def __init__(self, *, simulated: bool = False, zone: str = "Europe/London", start: datetime | None = None) -> None:
        self.clock = FakeClock(start) if start else FakeClock()
        self.bus = EventBus(raise_report)
        self.quotes = Quotes()
        self.model = StatusViewModel(
            self.bus,
            self.clock,
            self.quotes,
            local_zone=ZoneInfo(zone),
            local_city=city_of(zone),
            simulated=simulated,
        )

    def part(self, name: str) -> StatusPart:
        return next(part for part in self.model.parts() if part.id == name)

    def send(self, *milliseconds: float) -> None:
        for value in milliseconds:
            self.bus.publish(KeyToWire("a", value, self.clock.now()))


async def test_key_to_wire_is_of_the_trading_day() -> None:
    world = World()
    assert world.part("key_to_wire").text == "Key to wire: no order yet"
    world.send(1.9)
    assert world.part("key_to_wire").text == "Key to wire p50 1.9 p99 1.9 ms, 1 send"
    world.send(4.6, 1.0)
    assert world.part("key_to_wire").text == "Key to wire p50 1.9 p99 4.6 ms, 3 sends"
    await world.clock.advance(24 * 3600)
    world.model.tick()
    assert world.part("key_to_wire").text == "Key to wire: no order yet"


def test_the_comparison_says_when_and_what() -> None:
    world = World()
    at = world.clock.now()
    assert world.part("reconciled").text == "Not compared yet"
    world.bus.publish(ReconcileFinished(at, True, 6, 0))
    assert world.part("reconciled") == StatusPart("reconciled", (("Reconciled 10:00:00, no differences", False),))
    world.bus.publish(ReconcileFinished(at, True, 6, 0, ("Alpaca holds 60 AMZN.",)))
    part = world.part("reconciled")
    assert (part.text, part.well, part.tip) == ("Reconciled 10:00:00, 1 difference", False, "Alpaca holds 60 AMZN.")
    world.bus.publish(ReconcileFinished(at + timedelta(seconds=60), False, 0, 0, reason="Page 2 failed."))
    part = world.part("reconciled")
    assert (part.text, part.well) == ("Not reconciled since 10:00:00", False)


async def test_quotes_tell_rate_oldest_and_silence() -> None:
    world = World()
    world.model.tick()
    assert world.part("quotes").text == "No quotes yet"
    world.quotes.rate, world.quotes.age = 212.0, ("UNH", timedelta(seconds=48))
    world.model.tick()
    assert world.part("quotes").text == "Quotes 212/s, oldest 48 s (UNH)"
    world.quotes.age = ("AAPL", timedelta(seconds=0.4))
    world.model.tick()
    assert world.part("quotes").text == "Quotes 212/s, oldest 0.4 s"
    world.quotes.rate = 0.0
    world.model.tick()
    assert world.part("quotes").well, "a second without a quote is no silence"
    await world.clock.advance(29)
    world.model.tick()
    assert (world.part("quotes").text, world.part("quotes").well) == ("Quotes stopped, 29 s", False)


async def test_a_lost_line_stops_the_quotes_at_once_and_a_closed_market_is_no_fault() -> None:
    world = World()
    world.quotes.rate, world.quotes.age = 9.0, ("AAPL", timedelta(seconds=1))
    world.bus.publish(ConnectionChanged(BrokerType.ALPACA, ConnectionState.LOST, world.clock.now()))
    world.model.tick()
    assert not world.part("quotes").well
    world.bus.publish(ConnectionChanged(BrokerType.ALPACA, ConnectionState.CONNECTED, world.clock.now()))
    world.model.tick()
    assert world.part("quotes").well

    night = World(start=datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("UTC")))
    night.quotes.age = ("AAPL", timedelta(hours=40))
    night.model.tick()
    await night.clock.advance(30)
    night.model.tick()
    assert night.part("quotes") == StatusPart("quotes", (("No quotes, the market is closed", False),))


def test_the_journal_says_when_it_cannot_be_written() -> None:
    world = World()
    assert world.part("journal").text == "Journal on disk"
    world.bus.publish(Alarm(JOURNAL_ALARM, world.clock.now(), "The disk is full.", "No order is sent."))
    part = world.part("journal")
    assert (part.text, part.well, part.tip) == ("Journal not writable", False, "The disk is full. No order is sent.")
    world.bus.publish(Alarm(JOURNAL_ALARM, world.clock.now(), active=False))
    assert world.part("journal").well


def test_both_clocks_stand_unless_they_are_one() -> None:
    assert World().model.clocks() == (
        ("10:00:00", True),
        ("New York", False),
        ("15:00:00 London", False),
        ("Mon 23 Nov 2026", False),
    )
    assert len(World(zone="America/Toronto").model.clocks()) == 3


def test_extra_parts_come_and_go() -> None:
    world = World()
    world.model.set_extra(StatusPart("drill", (("Restore proven 22 Nov", False),)))
    assert world.part("drill").text == "Restore proven 22 Nov"
    world.model.set_extra(StatusPart("drill", ()))
    assert "drill" not in {part.id for part in world.model.parts()}


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_with_that_share_at_or_below_it(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-6
