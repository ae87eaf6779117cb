"""Actions by id: who does them, and when they are not done."""

import pytest

from legend_desktop.domain.enums import OrderSource
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.viewmodels.action_router import ActionRouter, Press, RehearsalCard
from legend_desktop.viewmodels.previews import ActionPreview


def test_a_handler_gets_the_press() -> None:
    router = ActionRouter()
    seen: list[Press] = []
    router.register_press("chart.bars_1_to_6", seen.append)
    assert router.trigger("chart.bars_1_to_6", OrderSource.KEY, index=3, pressed_ns=7)
    assert seen == [Press("chart.bars_1_to_6", OrderSource.KEY, 3, 7)]


def test_unknown_ids_and_second_handlers_are_faults_of_the_program() -> None:
    router = ActionRouter()
    with pytest.raises(KeyError):
        router.register("order.buy_everything", list)
    router.register("app.quit", list)
    with pytest.raises(ValueError, match="handler already"):
        router.register("app.quit", list)


def test_missing_lists_what_nobody_does() -> None:
    router = ActionRouter()
    router.register("app.quit", list)
    assert "app.quit" not in router.missing()
    assert "help.keys" in router.missing()


def test_rehearsal_runs_nothing_that_sends_from_any_source() -> None:
    router = ActionRouter()
    ran: list[str] = []
    cards: list[RehearsalCard] = []
    router.rehearsed.connect(cards.append)
    router.register("ticket.send", lambda: ran.append("send"), describe=lambda: ActionPreview("Buy 116 AAPL"))
    router.register("panel.orders", lambda: ran.append("panel"))
    router.rehearsal.toggle()
    for source in OrderSource:
        assert not router.trigger("ticket.send", source, key="Ctrl+Return")
    assert router.trigger("panel.orders")
    assert ran == ["panel"]
    assert cards[0].preview.title == "Buy 116 AAPL"
    router.rehearsal.end()
    assert router.trigger("ticket.send")


def test_a_refusal_becomes_a_sentence() -> None:
    router = ActionRouter()
    said: list[str] = []
    router.refused.connect(said.append)

    def refuse() -> ActionPreview:
        raise InvalidInput("No symbol is in focus.", advice="Choose one.")

    router.register("order.close_half", refuse, describe=refuse)
    router.register("order.close_position", list, enabled=lambda: False)
    assert not router.trigger("order.close_half")
    assert not router.trigger("order.close_position")
    assert said == ["No symbol is in focus. Choose one.", "Close the position: not possible now."]
    assert router.describe("order.close_half").sentence == "No symbol is in focus. Choose one."


def test_an_action_without_handler_is_logged_and_does_nothing(expect_log: object) -> None:
    router = ActionRouter()
    expect_log("No handler for")  # type: ignore[operator]
    assert not router.trigger("app.quit")
    assert not router.is_enabled("app.quit")


def test_what_wants_holding_opens_the_stop_menu_when_it_was_only_clicked() -> None:
    router = ActionRouter()
    ran: list[str] = []
    router.register("kill.open", lambda: ran.append("menu"))
    router.register("kill.flatten_all", lambda: ran.append("flatten"))
    router.trigger("kill.flatten_all", OrderSource.TICKET)
    assert ran == ["menu"]
    router.trigger("kill.flatten_all", held=True)
    assert ran == ["menu", "flatten"]
