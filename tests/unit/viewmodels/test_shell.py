from datetime import timedelta

import pytest

from legend_desktop.domain.enums import BrokerType, ConnectionState, TradingMode, TradingState
from legend_desktop.domain.events import Alarm, ConnectionChanged, TradingStateChanged
from legend_desktop.services.event_bus import EventBus
from legend_desktop.viewmodels.action_router import Rehearsal
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.shell import AccountChoice, ShellViewModel
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import raise_report


class World:
    def __init__(self, mode: TradingMode = TradingMode.PAPER, number: str = "SIM-0001") -> None:
        live = mode is TradingMode.LIVE
        self.broker = BrokerType.ALPACA if live else BrokerType.SIMULATOR
        name = "Alpaca" if live else "Simulator"
        self.clock = FakeClock()
        self.bus = EventBus(raise_report)
        self.arming = Arming(self.clock, mode, lambda: (name, number))
        self.rehearsal = Rehearsal()
        self.shell = ShellViewModel(
            self.bus,
            self.clock,
            mode=mode,
            broker=self.broker,
            account=lambda: (name, number),
            arming=self.arming,
            rehearsal=self.rehearsal,
        )

    def line(self, state: ConnectionState, ago: float = 0, latency: float | None = None) -> None:
        at = self.clock.now() - timedelta(seconds=ago)
        self.bus.publish(ConnectionChanged(self.broker, state, at, "cable", latency))

    def alarm(self, key: str, action: str = "", *, fact: str = "Fact.", active: bool = True) -> None:
        self.bus.publish(Alarm(key, self.clock.now(), fact, "Consequence.", action, "Press", active))


def test_paper_and_live_say_themselves_in_words() -> None:
    paper = World().shell
    assert (paper.mode_word, paper.mode_note, paper.account_label) == (
        "PAPER",
        "simulated fills",
        "Simulator · SIM-0001",
    )
    assert paper.window_title == "PAPER - Simulator - Legend"
    live = World(TradingMode.LIVE, "PA334417").shell
    assert (live.mode_word, live.mode_note) == ("LIVE", "real money")
    assert live.account_label == "Alpaca · account ending 4417"
    assert live.window_title == "LIVE - Alpaca ...4417 - Legend"
    assert World(number="").shell.account_label == "Simulator"


def test_the_light_tells_answer_time_or_how_long_the_line_is_lost() -> None:
    world = World()
    assert not world.shell.light.well
    world.line(ConnectionState.CONNECTED, latency=3.0)
    assert (world.shell.light.well, world.shell.light.words, world.shell.light.note) == (True, "Simulator", "3 ms")
    world.line(ConnectionState.LOST, ago=31)
    assert world.shell.light.words == "Simulator lost, 31 s"
    assert world.shell.light_reason == "cable"
    world.line(ConnectionState.LOST, ago=2)
    assert world.shell.light.words == "Simulator lost, 31 s", "the age runs from the first loss"


def test_another_brokers_line_does_not_change_the_light() -> None:
    world = World()
    world.bus.publish(ConnectionChanged(BrokerType.TRADESTATION, ConnectionState.CONNECTED, world.clock.now()))
    assert not world.shell.light.well


def test_entries_follow_what_the_desk_may_send() -> None:
    world = World()
    assert world.shell.entries_words == "Entries open"
    world.bus.publish(TradingStateChanged(TradingState.REDUCING, False, "Day loss", world.clock.now()))
    assert (world.shell.entries_words, world.shell.entries_reason) == ("Entries locked", "Day loss")
    assert world.shell.trading_state is TradingState.REDUCING


async def test_the_countdown_of_armed_keys_runs_and_ends() -> None:
    world = World()
    changes: list[str] = []
    world.shell.changed.connect(lambda: changes.append(world.shell.keys_words))
    world.arming.toggle()
    assert world.shell.keys_words == "Keys ARMED 20:00"
    await world.clock.advance(439)
    world.shell.tick()
    assert changes[-1] == "Keys ARMED 12:41"
    await world.clock.advance(761)
    world.shell.tick()
    assert changes[-1] == "Keys locked"
    assert not world.shell.armed


def test_strips_are_two_at_most_and_alarms_with_one_button_share_one() -> None:
    world = World()
    world.alarm("unknown", "panel.trouble", fact="1 order is unknown.")
    world.alarm("stop", "panel.trouble", fact="35 AMZN shares: stop not confirmed.")
    first = world.shell.strips()
    assert [len(strip.alarms) for strip in first] == [2]
    assert first[0].spoken.startswith("1 order is unknown. Consequence. 35 AMZN")
    for number in range(3):
        world.alarm(f"x{number}", f"action.{number}")
    strips = world.shell.strips()
    assert len(strips) == 2
    assert (strips[0].more, strips[1].more) == (0, 2)
    assert len(world.shell.alarms) == 5


def test_an_alarm_goes_only_when_its_cause_has_gone() -> None:
    world = World()
    raised: list[str] = []
    world.shell.alarm_raised.connect(raised.append)
    world.alarm("a", fact="First.")
    world.alarm("a", fact="First.")
    world.alarm("a", fact="Second.")
    assert raised == ["First. Consequence.", "Second. Consequence."]
    world.alarm("b", active=False)
    assert len(world.shell.strips()) == 1
    world.alarm("a", active=False)
    assert world.shell.strips() == ()


def test_rehearsal_and_account_switching_are_told() -> None:
    world = World()
    changes: list[bool] = []
    world.shell.changed.connect(lambda: changes.append(world.shell.rehearsing))
    world.rehearsal.toggle()
    assert changes[-1] is True
    asked: list[str] = []
    world.shell.account_wanted.connect(asked.append)
    world.shell.next_account()
    world.shell.set_accounts(
        (AccountChoice("a", "A", TradingMode.PAPER), AccountChoice("b", "B", TradingMode.PAPER, current=True))
    )
    world.shell.next_account()
    assert asked == ["a"]


@pytest.mark.parametrize("times", [1, 2])
def test_after_dispose_nothing_is_heard(times: int) -> None:
    world = World()
    for _ in range(times):
        world.shell.dispose()
    world.alarm("a")
    assert world.shell.alarms == ()


def test_an_alarm_that_only_a_person_ends_has_a_strip_of_its_own_kind() -> None:
    world = World()
    seen: list[str] = []
    world.shell.acknowledged.connect(seen.append)
    world.alarm("a", "panel.positions")
    for key in ("late:1", "late:2", "late:3"):
        at = world.clock.now()
        world.bus.publish(Alarm(key, at, "Fact.", "Consequence.", "panel.positions", "Press", acknowledge=True))
    first, second = world.shell.strips()
    assert [first.to_acknowledge, second.to_acknowledge] == [(), ("late:1", "late:2")]
    assert second.more == 1
    world.shell.acknowledge(second)
    assert seen == ["late:1", "late:2"], "only what is on the strip"
