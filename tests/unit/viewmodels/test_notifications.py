from legend_desktop.domain.enums import BrokerType, ConnectionState
from legend_desktop.domain.events import ConnectionChanged, ExecutionReceived, Notice, NoticeLevel, OrderChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.services.event_bus import EventBus
from legend_desktop.viewmodels.notifications import EventNotes, NotificationsViewModel
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import Desk, execution, intent, raise_report


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bus = EventBus(raise_report)
        self.model = NotificationsViewModel(self.bus, self.clock)
        self.notices: list[Notice] = []
        self.bus.subscribe(Notice, self.notices.append)

    def tell(self, level: NoticeLevel, source: str, sentence: str) -> None:
        self.bus.publish(Notice(self.clock.now(), level, source, sentence))

    def words(self) -> list[str]:
        return [toast.sentence for toast in self.model.toasts()]


def test_plain_information_makes_no_toast() -> None:
    world = World()
    world.tell(NoticeLevel.INFO, "Orders", "Sent.")
    assert world.words() == []


async def test_a_toast_leaves_after_six_seconds_unless_it_is_held() -> None:
    world = World()
    world.tell(NoticeLevel.GOOD, "Executions", "Bought.")
    await world.clock.advance(5.9)
    world.model.tick()
    assert world.words() == ["Bought."]
    world.model.set_held(True)
    await world.clock.advance(60)
    world.model.tick()
    assert world.words() == ["Bought."]
    world.model.set_held(False)
    await world.clock.advance(6.1)
    world.model.tick()
    assert world.words() == []
    world.model.dispose()


async def test_a_burst_of_one_kind_is_one_card() -> None:
    world = World()
    announced: list[tuple[str, bool]] = []
    world.model.announced.connect(lambda words, urgent: announced.append((words, urgent)))
    for number in range(50):
        world.tell(NoticeLevel.GOOD, "Executions", f"Fill {number}.")
    (toast,) = world.model.toasts()
    assert (toast.sentence, toast.count) == ("Fill 49.", 50)
    assert toast.count_words == "and 49 more like this, see Activity"
    assert announced == [("Fill 0.", False)]
    await world.clock.advance(2.5)
    world.tell(NoticeLevel.GOOD, "Executions", "Later.")
    assert world.words() == ["Fill 49.", "Later."]
    world.model.dispose()


def test_three_cards_at_most_and_the_mildest_oldest_goes_first() -> None:
    world = World()
    world.tell(NoticeLevel.ERROR, "Journal", "Refused.")
    world.tell(NoticeLevel.GOOD, "Executions", "Bought.")
    world.tell(NoticeLevel.WARNING, "Connection", "Slow.")
    world.tell(NoticeLevel.NEEDS_YOU, "Orders", "Decide.")
    assert world.words() == ["Refused.", "Slow.", "Decide."]
    world.model.dismiss(world.model.toasts()[0].key)
    assert world.words() == ["Slow.", "Decide."]
    world.model.dispose()


class OrderWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.notes = EventNotes(self.bus, self.clock)
        self.desk = Desk()
        self.desk.bus.subscribe(OrderChanged, self.bus.publish)

    def sentences(self) -> list[str]:
        return [notice.sentence for notice in self.notices]


def test_an_orders_life_is_told_once_each() -> None:
    world = OrderWorld()
    order = world.desk.working(intent("a"))
    before = world.sentences()
    assert any(row.startswith("Working: ") for row in before)
    world.desk.happen(order.client_order_id, OrderEventKind.CANCELED)
    assert world.sentences()[-1].startswith("Cancelled: ")
    assert {notice.group for notice in world.notices} == {"orders"}


def test_a_fill_says_what_was_traded_so_far() -> None:
    world = OrderWorld()
    world.desk.working(intent("a", quantity="100"))
    for key, price in (("e1", "175.50"), ("e2", "175.5234")):
        fill = execution(key, order="a", quantity="50", price=price)
        world.bus.publish(ExecutionReceived(fill, world.desk.fill(fill)))
    fills = [notice for notice in world.notices if notice.source == "Executions"]
    assert [notice.sentence for notice in fills] == [
        "Bought 50 of 100 AAPL, so far at 175.50.",
        "Bought 100 AAPL at 175.5117.",
    ]
    assert {notice.level for notice in fills} == {NoticeLevel.GOOD}
    world.model.dispose()


def test_the_line_is_told_when_it_first_stands_only() -> None:
    world = World()
    notes = EventNotes(world.bus, world.clock)
    for state in (ConnectionState.CONNECTED, ConnectionState.LOST, ConnectionState.CONNECTED):
        world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, state, world.clock.now()))
    assert [notice.sentence for notice in world.notices] == ["Simulator is connected."]
    notes.dispose()
