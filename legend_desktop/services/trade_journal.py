"""The trade journal: own trades and imported ones with what the person wrote about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from legend_desktop.analytics.expectancy import TagFigures, by_tag
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.executions import Execution, effective_executions
from legend_desktop.domain.records import RoundTripRecord, TradeNote
from legend_desktop.domain.trade_journal import DayResult, EquityCurve, JournalTrade, by_day, equity_curve, with_notes
from legend_desktop.services.excursions import GetBars
from legend_desktop.services.execution_import import ImportedFill
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.trade_csv import executions_csv
from legend_desktop.services.trade_detail import TradeDetail, trade_detail
from legend_desktop.services.trade_import import PREFIX, imported_trades, keep_fills, load_stops

__all__ = ["OWN", "JournalFigures", "TagFigures", "TradeJournal", "figures_of"]

OWN = ""
"""The part of the account itself; every other is an imported one."""


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """Figures of some trades: by day, as curves in R and in money, by tag, and of all of them together."""

    days: dict[date, DayResult]
    in_r: EquityCurve
    in_money: EquityCurve
    tags: tuple[TagFigures, ...]
    whole: TagFigures


def figures_of(trades: Sequence[JournalTrade]) -> JournalFigures:
    """Work the figures out; many trades take a while, so not on the loop."""
    tags, whole = by_tag(trades)
    return JournalFigures(
        by_day(trades), equity_curve(trades, in_r=True), equity_curve(trades, in_r=False), tuple(tags), whole
    )


class TradeJournal:
    """Reads and writes by part: ``OWN``, or the name of an imported one. Each method may raise ``StoreError``."""

    def __init__(
        self,
        own: OrderStore,
        part_of: Callable[[str], OrderStore],
        own_trades: Callable[[], Sequence[RoundTripRecord]],
        get_bars: GetBars,
        clock: Clock,
    ) -> None:
        self._own = own
        self._part_of = part_of
        self._own_trades = own_trades
        self._get_bars = get_bars
        self._clock = clock

    async def imports(self) -> list[str]:
        """The imported parts, by name."""
        return await self._own.load_part_names(PREFIX)

    async def trades(self, part: str) -> list[JournalTrade]:
        """Every trade of a part with its note, oldest first."""
        store = self._store(part)
        return with_notes(await self._trips(part), await store.load_trade_notes())

    async def write_note(self, part: str, trade: JournalTrade, text: str, tags: Sequence[str]) -> JournalTrade:
        """Keep what was written about ``trade`` and return it as it now stands."""
        trip = trade.trip
        note = TradeNote(trip.key, trip.symbol, trip.opened_at, text.strip(), tuple(tags), self._clock.now())
        await self._store(part).save_trade_note(note, replaces=trade.note_keys)
        return with_notes([trip], [] if note.empty else [note])[0]

    async def detail(self, part: str, trade: JournalTrade) -> TradeDetail:
        """``trade`` taken apart."""
        bars = self._get_bars if part == OWN else None
        return await trade_detail(self._store(part), trade.trip, bars, self._clock.now())

    async def executions(self, part: str) -> list[Execution]:
        """Every execution of a part, oldest first, busts and corrections among them."""
        return await self._store(part).load_executions()

    async def own_format(self, part: str) -> str:
        """The executions of a part that stand, as text that can be imported."""
        store = self._store(part)
        return executions_csv(effective_executions(await store.load_executions()), await load_stops(store))

    async def keep(self, part: str, fills: Sequence[ImportedFill]) -> int:
        """Write imported fills into their part; returns how many."""
        if not part.startswith(PREFIX):
            raise ValueError(f"{part!r} is not an imported part: an account's own rows come from its broker alone")
        return await keep_fills(self._store(part), part, fills, self._clock.now())

    async def _trips(self, part: str) -> Sequence[RoundTripRecord]:
        return self._own_trades() if part == OWN else await imported_trades(self._store(part))

    def _store(self, part: str) -> OrderStore:
        return self._own if part == OWN else self._part_of(part)
