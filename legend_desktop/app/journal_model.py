"""The journal's view-models, made when its panel is first seen, and what leads to it: its keys, the word ``note``."""

from dataclasses import dataclass

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.services.trade_journal import TradeJournal
from legend_desktop.viewmodels.journal import JournalViewModel
from legend_desktop.viewmodels.journal_import import JournalImportViewModel


@dataclass(frozen=True, slots=True)
class JournalModels:
    """The panel's model, and that of the import dialog."""

    panel: JournalViewModel
    importing: JournalImportViewModel


def make_journal(parts: WindowParts, setup: TradingSetup) -> JournalModels:
    """The models over the account's part of the journal and every imported one."""
    desk, context = setup.desk, setup.desk.core.context
    journal = TradeJournal(
        context.ledger.store,
        setup.store.for_account,
        desk.round_trips.trades,
        context.broker.get_bars,
        setup.clock,
    )
    panel = JournalViewModel(journal, setup.bus, setup.supervisor, setup.clock, mode=context.mode, parent=parts.root)
    importing = JournalImportViewModel(journal, setup.supervisor, setup.clock, parts.root)
    importing.done.connect(panel.show_import)
    parts.ends.append(panel.dispose)
    return JournalModels(panel, importing)
