"""A person at the real window: every key, what it sends, and what must never be sent."""

from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from legend_desktop.domain.enums import OrderSide, OrderState
from legend_desktop.domain.orders import Order
from legend_desktop.infra.paths import profile_paths
from legend_desktop.viewmodels.actions import ACTIONS
from legend_desktop.viewmodels.second_press import TOO_SOON_NS
from legend_desktop.views.panels.order_entry import OrderEntryPanel
from legend_desktop.views.panels.orders import OrdersPanel
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.flow_text import FlowText
from tests.gui.desktop_world import DesktopWorld, play
from tests.gui.hand import CTRL, SHIFT, Hand
from tests.helpers.waiting import until

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.allow_log("did not end")]


def test_every_shipped_action_is_somebodys_and_every_panel_can_be_shown_and_named(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        assert world.parts.router.missing() == []
        for panel_id in world.window.board.docks:
            world.window.board.focus(panel_id)
            await until(world.window.panel(panel_id).isVisible, f"{panel_id} is shown")
        assert access_gaps(world.window) == []
        for action_id in ACTIONS:  # what each would do can be told at any time
            world.parts.router.describe(action_id)

    play(tmp_path, scenario)


def test_case_72_unarmed_keys_send_nothing_and_say_what_they_would_do(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        for key in (Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F7, Qt.Key.Key_F8, Qt.Key.Key_F9, Qt.Key.Key_F4):
            world.press(key)
        await until(lambda: any("keys are locked" in row for row in world.toasts()), "a toast says why")
        assert any(row.startswith("F2 would buy ") for row in world.said())
        assert world.orders == []

    play(tmp_path, scenario)


def test_case_71_an_armed_key_that_is_held_sends_one_bracket(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        world.press(Qt.Key.Key_A, CTRL | SHIFT)
        assert world.parts.arming.armed
        world.press(Qt.Key.Key_F2)
        for _ in range(50):
            world.press(Qt.Key.Key_F2, repeat=True)
        world.press(Qt.Key.Key_F2)  # and a bouncing one
        order = await world.filled()
        assert len(world.entries()) == 1
        assert order.side is OrderSide.BUY
        assert order.intent.pressed_ns is not None
        await until(lambda: len(world.context.book.open_orders("AAPL")) == 1, "its stop works")
        assert world.context.book.open_orders("AAPL")[0].terms.stop_price == Decimal(174)

    play(tmp_path, scenario)


def test_case_70_a_double_click_on_send_sends_one(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        panel = world.window.panel("order_entry")
        assert isinstance(panel, OrderEntryPanel)
        await until(panel.send.isEnabled, "the button can be pressed")
        world.click(panel.send, double=True)
        await world.filled()
        assert len(world.entries()) == 1

    play(tmp_path, scenario)


def test_case_73_input_from_before_a_standstill_is_dropped(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        world.press(Qt.Key.Key_A, CTRL | SHIFT)
        panel = world.window.panel("order_entry")
        assert isinstance(panel, OrderEntryPanel)
        await until(panel.send.isEnabled, "the button can be pressed")
        world.queued(8_000)
        world.press(Qt.Key.Key_F2)
        world.click(panel.send)
        world.queued(0)
        assert [row for row in world.said() if row.startswith("F2 was pressed 8 s ago")]
        assert [row for row in world.said() if row.startswith("A click of 8 s ago was dropped")]
        assert world.orders == []
        world.click(panel.send)  # a fresh one counts
        await world.filled()

    play(tmp_path, scenario)


def test_letters_in_text_fields_are_text(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        entry = world.parts.entry
        world.press(Qt.Key.Key_L, CTRL)
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        field.clear()
        world.type("sbkjdo")
        assert field.text().upper() == "SBKJDO"
        assert entry.form.side is OrderSide.BUY
        world.press(Qt.Key.Key_K, CTRL)
        world.type("sbjkdo")
        assert world.parts.command.text == "sbjkdo"
        assert entry.form.side is OrderSide.BUY
        world.press(Qt.Key.Key_Escape)
        world.press(Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is field
        assert world.orders == []

    play(tmp_path, scenario)


def test_a_day_at_the_keys_from_command_to_flat(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        world.press(Qt.Key.Key_K, CTRL)
        world.type("buy AAPL 0.5% stop 174 target 180")
        await until(lambda: world.parts.command.preview.content.allowed, "the preview can be sent")
        world.press(Qt.Key.Key_Return)
        order = await world.filled()
        await until(lambda: world.parts.command.preview.message.startswith("Sent: Buy "), "the result is said")
        assert world.parts.command.preview.message == f"Sent: Buy {order.quantity} AAPL at market."
        world.press(Qt.Key.Key_Escape)
        panel = await _chosen_target(world)
        world.press(Qt.Key.Key_D, CTRL)
        assert Decimal(world.parts.entry.form.quantity) == order.quantity
        assert Decimal(world.parts.entry.form.price) == 180
        row = panel.table.selected_row()
        assert row is not None
        target = row.key
        panel.table.setFocus()
        world.press(Qt.Key.Key_Delete)
        await until(lambda: _state(world, target) is OrderState.CANCELED, "the target is cancelled")
        world.press(Qt.Key.Key_A, CTRL | SHIFT)
        world.press(Qt.Key.Key_F7)
        half = order.quantity - (order.quantity / 2).to_integral_value(rounding="ROUND_FLOOR")
        await until(lambda: _held(world) in {half, order.quantity - half}, "half is closed")
        world.press(Qt.Key.Key_F9)
        twice = "Press the same key once more within 3 s if you want a second one."
        await until(lambda: world.said()[-1].endswith(twice), "the same sale a moment later asks first")
        assert [row for row in world.context.book.open_orders() if row.terms.stop_price == 174]  # and leaves the stop
        await world.past(TOO_SOON_NS // 1_000_000)
        world.press(Qt.Key.Key_F9)
        await until(lambda: _held(world) == 0, "the position is closed")
        await until(lambda: not world.context.book.open_orders(), "no exit is left")

    play(tmp_path, scenario)


def test_a_price_far_away_asks_in_orders_and_a_second_enter_changes_the_order(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        world.press(Qt.Key.Key_K, CTRL)
        world.type("buy AAPL 10 limit 170 stop 140")
        await until(lambda: world.parts.command.preview.content.allowed, "the preview can be sent")
        world.press(Qt.Key.Key_Return)
        await until(lambda: [row for row in world.entries() if row.state is OrderState.WORKING], "the entry works")
        world.press(Qt.Key.Key_Escape)
        panel = world.window.panel("orders")
        assert isinstance(panel, OrdersPanel)
        world.press(Qt.Key.Key_3, CTRL)
        await until(panel.table.hasFocus, "Orders has the keyboard")
        assert panel.select_order(world.entries()[0].client_order_id)
        line = panel.editor.line
        world.press(Qt.Key.Key_E, CTRL)
        await until(line.hasFocus, "the price can be changed")
        world.type("169.50")
        world.press(Qt.Key.Key_Return)
        await until(lambda: _limits(world) == [Decimal("169.50")], "a price near the market is taken at once")
        assert panel.select_order(world.entries()[-1].client_order_id)
        world.press(Qt.Key.Key_E, CTRL)
        world.type("150")
        world.press(Qt.Key.Key_Return)
        assert not line.isVisible()
        await until(line.isVisible, "the price is asked about where it was typed")
        assert "Press Enter once more within 3 s to send the change." in world.words(panel)
        assert _limits(world) == [Decimal("169.50")]
        await world.past(TOO_SOON_NS // 1_000_000)
        world.press(Qt.Key.Key_Return)
        await until(lambda: _limits(world) == [Decimal(150)], "the second press changes it")

    play(tmp_path, scenario)


def _limits(world: DesktopWorld) -> list[Decimal | None]:
    """The limits of the entries that work."""
    return [row.terms.limit_price for row in world.entries() if row.state is OrderState.WORKING]


def test_the_stop_menu_gives_the_keyboard_back(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        world.parts.arming.toggle()
        world.press(Qt.Key.Key_F2)
        await world.filled()
        world.press(Qt.Key.Key_3, CTRL)
        panel = world.window.panel("orders")
        assert isinstance(panel, OrdersPanel)
        await until(panel.table.hasFocus, "Orders has the keyboard")
        world.press(Qt.Key.Key_F12)
        menu = world.desktop.overlays.kill_menu
        assert menu.isVisible()
        assert "position" in world.words(menu)
        world.press(Qt.Key.Key_Escape)
        assert not menu.isVisible()
        assert panel.table.hasFocus()

    play(tmp_path, scenario)


async def _chosen_target(world: DesktopWorld) -> OrdersPanel:
    panel = world.window.panel("orders")
    assert isinstance(panel, OrdersPanel)

    def target() -> Order | None:
        rows = (row for row in world.orders if row.terms.limit_price == 180 and row.is_open)
        return next((row for row in rows if row.quantity == world.entries()[0].quantity), None)

    await until(target, "the target works for every share")
    found = target()
    assert found is not None
    world.press(Qt.Key.Key_3, CTRL)
    await until(panel.table.hasFocus, "Orders has the keyboard")
    await until(lambda: panel.select_order(found.client_order_id), "the target has a row")
    return panel


def _state(world: DesktopWorld, client_order_id: str) -> OrderState | None:
    order = world.context.book.get(client_order_id)
    return None if order is None else order.state


def _held(world: DesktopWorld) -> Decimal:
    position = world.context.positions.get("AAPL")
    return Decimal(0) if position is None else position.shares


def test_keys_work_in_a_floating_panel_and_once_after_it_is_docked_again(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        dock = world.window.board.docks["positions"]
        world.press(Qt.Key.Key_2, CTRL)
        world.press(Qt.Key.Key_D, CTRL | SHIFT)
        assert dock.isFloating()
        dock.activateWindow()
        await until(lambda: QApplication.activeWindow() is dock, "the floating panel is active")
        floating = Hand(dock)
        floating.press(Qt.Key.Key_A, CTRL | SHIFT)
        assert world.parts.arming.armed
        floating.press(Qt.Key.Key_D, CTRL | SHIFT)
        assert not dock.isFloating()
        world.window.activateWindow()
        await until(lambda: QApplication.activeWindow() is world.window, "the desk is active")
        world.press(Qt.Key.Key_A, CTRL | SHIFT)
        assert not world.parts.arming.armed

    play(tmp_path, scenario)


def test_the_start_page_names_the_key_of_the_profile(tmp_path: Path) -> None:
    hotkeys = profile_paths(tmp_path / "profile").hotkeys_file
    hotkeys.parent.mkdir(parents=True)
    hotkeys.write_text('command.open = "Ctrl+Shift+K"\n', encoding="utf-8")

    async def scenario(world: DesktopWorld) -> None:
        flows = world.window.panel("start").findChildren(FlowText)
        assert any("Press Ctrl Shift K, type this line" in flow.text() for flow in flows)

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(1024, 680), (1280, 760), (1440, 900)])
def test_the_first_position_moves_no_panel(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scenario(world: DesktopWorld) -> None:
        docks = world.window.board.docks

        def places() -> dict[str, QRect]:
            return {name: docks[name].geometry() for name in ("order_entry", "account", "positions", "orders")}

        seen = [dock for dock in docks.values() if not dock.isHidden()]
        await until(lambda: all(dock.panel is not None for dock in seen), "every panel is made")
        await world.past(100)
        before = places()
        world.press(Qt.Key.Key_K, CTRL)
        world.type("buy AAPL 0.5% stop 170 target 190")
        world.press(Qt.Key.Key_Return)
        await world.filled()
        await until(lambda: bool(world.parts.positions.rows()), "the position is shown")
        await world.past(100)
        assert places() == before

    play(tmp_path, scenario, size=size)
