"""The journal in the whole program: a trade is found by key and by command, written about, and still there after."""

from datetime import UTC
from decimal import Decimal
from pathlib import Path

from legend_desktop.domain.enums import OrderSide
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.views.panels.journal import JournalPanel
from tests.gui.desktop_world import DesktopWorld, play
from tests.helpers.waiting import until


async def trade(world: DesktopWorld) -> None:
    trading = world.desktop.setup.desk.trading
    quote = world.context.quotes.latest("AAPL")
    assert quote is not None
    assert quote.mid is not None
    stop = round(quote.mid * Decimal("0.99"), 2)
    await trading.quick_entry(QuickEntryRequest("AAPL", OrderSide.BUY, stop_loss_price=stop, quantity=Decimal(10)))
    await until(lambda: "AAPL" in world.context.positions, "bought")
    await trading.close_position("AAPL")
    await until(lambda: world.desktop.setup.desk.round_trips.closed(), "the trade is worked out")


def test_a_trade_is_found_by_key_and_command_and_its_note_lasts(tmp_path: Path) -> None:
    async def first(world: DesktopWorld) -> None:
        await trade(world)
        world.parts.focus.set_symbol("AAPL")
        world.parts.router.trigger("journal.note")
        panel = world.window.panel("journal")
        assert isinstance(panel, JournalPanel)
        await until(lambda: panel.trade.note.text.hasFocus(), "the note has the keyboard")
        panel.trade.note.text.setPlainText("Bought the pull-back.")
        store = world.context.ledger.store
        world.parts.runner.note_wanted.emit("aapl too early")
        assert world.parts.journal is not None
        model = world.parts.journal().panel
        await until(lambda: model.note_state == "kept" and "too early" in panel.trade.note.text.toPlainText(), "kept")
        (note,) = await store.load_trade_notes()
        assert note.text == "Bought the pull-back.\ntoo early"
        assert note.edited_at.tzinfo is UTC

    async def second(world: DesktopWorld) -> None:
        world.parts.router.trigger("panel.journal")
        await until(lambda: world.parts.journal is not None and bool(world.parts.journal().panel.rows()), "the list")
        assert world.parts.journal is not None
        (row,) = world.parts.journal().panel.rows()
        assert row.text == "Bought the pull-back.\ntoo early"
        assert row.r is not None

    play(tmp_path, first)
    play(tmp_path, second)
