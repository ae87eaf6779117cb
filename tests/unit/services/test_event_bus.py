"""Delivery in one order for everybody, and no listener that can stop another."""

from dataclasses import dataclass

from legend_desktop.services.event_bus import EventBus


@dataclass(frozen=True)
class Ping:
    number: int


@dataclass(frozen=True)
class Pong:
    number: int


def test_an_event_published_by_a_listener_comes_after_the_one_under_way() -> None:
    bus = EventBus(lambda error, where: None)
    first: list[object] = []
    second: list[object] = []

    def answer(ping: Ping) -> None:
        first.append(ping)
        if ping.number < 3:
            bus.publish(Pong(ping.number))
            bus.publish(Ping(ping.number + 1))

    for kind in (Ping, Pong):
        bus.subscribe(kind, second.append)
    bus.subscribe(Ping, answer)
    bus.subscribe(Pong, first.append)
    bus.publish(Ping(1))
    wanted = [Ping(1), Pong(1), Ping(2), Pong(2), Ping(3)]
    assert first == wanted
    assert second == wanted


def test_a_listener_that_fails_is_reported_by_the_events_name() -> None:
    faults: list[str] = []
    bus = EventBus(lambda error, where: faults.append(f"{where}: {error}"))
    heard: list[Ping] = []

    def broken(_: Ping) -> None:
        raise ValueError("no")

    bus.subscribe(Ping, broken)
    bus.subscribe(Ping, heard.append)
    bus.publish(Ping(1))
    assert faults == ["listener of Ping: no"]
    assert heard == [Ping(1)]


def test_who_has_left_hears_nothing_more_and_may_leave_twice() -> None:
    bus = EventBus(lambda error, where: None)
    heard: list[Ping] = []
    leave = bus.subscribe(Ping, heard.append)
    leave()
    leave()
    bus.publish(Ping(1))
    assert heard == []


def test_a_listener_of_another_kind_hears_nothing() -> None:
    bus = EventBus(lambda error, where: None)
    heard: list[Pong] = []
    bus.subscribe(Pong, heard.append)
    bus.publish(Ping(1))
    assert heard == []
