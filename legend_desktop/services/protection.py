"""Watches that shares which should have a stop have one, and that no stop is larger than what is held."""

from legend_desktop.domain.enums import OrderRole
from legend_desktop.domain.events import NoticeLevel, OrderChanged, PositionsChanged
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.position_risk import PositionRisk, Protection
from legend_desktop.services.position_sync import PositionSyncService
from legend_desktop.services.trading_context import TradingContext

GRACE_NS = 2_000_000_000
LOOK_SECONDS = 0.1


class ProtectionMonitor:
    """Raises the strip when a position that was opened with a stop stands without it for two seconds."""

    def __init__(self, context: TradingContext, sync: PositionSyncService) -> None:
        self._context = context
        self._sync = sync
        self._raised: dict[str, str] = {}
        self._since: dict[str, int] = {}
        self._orphans: set[str] = set()
        self._orphans_since: dict[str, int] = {}
        self._looking = False
        context.bus.subscribe(OrderChanged, lambda _: self._look_soon())
        context.bus.subscribe(PositionsChanged, self._on_positions)

    def _on_positions(self, event: PositionsChanged) -> None:
        """A position that is gone needs no stop any more: say so at once."""
        held = {row.symbol for row in event.positions}
        for symbol in [name for name in self._raised if name not in held]:
            self._lower(symbol)
        for symbol in [name for name in self._orphans if name in held]:
            self._lower_orphan(symbol)
        self._look_soon()

    def _lower(self, symbol: str) -> None:
        del self._raised[symbol]
        self._context.clear_alarm(f"protection:{symbol}")

    def _lower_orphan(self, symbol: str) -> None:
        self._orphans.discard(symbol)
        self._context.clear_alarm(f"orphan:{symbol}")

    def _look_soon(self) -> None:
        """Look in a moment, and again until what was found has gone or has lasted (a close cancels the stop first)."""
        if not self._looking and not self._context.supervisor.stopping:
            self._looking = True
            self._context.supervisor.start(self._look(), "protection check")

    async def _look(self) -> None:
        try:
            await self._context.clock.sleep(LOOK_SECONDS)
        finally:
            self._looking = False
        self.check()

    def check(self) -> None:
        """Compare stops with positions now and put on, change or take off the alarms.

        Fills and their stops arrive in any order: only what is still wrong after two seconds is raised.
        """
        self._check_orphans()
        found: dict[str, tuple[str, str]] = {}
        for risk in self._sync.position_risks():
            words = self._words(risk)
            if words is not None:
                found[risk.symbol] = words
        for symbol in [name for name in self._raised if name not in found]:
            self._lower(symbol)
        lasting = self._lasting(self._since, set(found))
        for symbol, (fact, consequence) in found.items():
            if symbol not in lasting or self._raised.get(symbol) == fact:
                continue
            self._raised[symbol] = fact
            self._context.alarm(
                f"protection:{symbol}", fact, consequence, action=f"order.repair_stop@{symbol}", label="Place a stop"
            )
            self._context.tell(NoticeLevel.NEEDS_YOU, "Risk", f"{fact} {consequence}", group=f"protection:{symbol}")

    def _lasting(self, since: dict[str, int], wrong: set[str]) -> set[str]:
        """The symbols of ``wrong`` that have been wrong for two seconds; ``since`` remembers from when on each was."""
        now = self._context.clock.monotonic_ns()
        for symbol in set(since) - wrong:
            del since[symbol]
        for symbol in wrong:
            since.setdefault(symbol, now)
        lasting = {symbol for symbol in wrong if now - since[symbol] >= GRACE_NS}
        if lasting != wrong:
            self._look_soon()
        return lasting

    def _check_orphans(self) -> None:
        """Exits at work for shares that are gone, closed elsewhere perhaps, would open a position if they fill."""
        context = self._context
        rows = context.book.open_orders()
        orphans: dict[str, int] = {}
        for row in rows:
            entry = context.book.get(row.intent.parent_id) if row.intent.parent_id else None
            waits = entry is not None and entry.is_open
            is_exit = row.intent.role in {OrderRole.STOP, OrderRole.TARGET}
            if is_exit and not waits and row.symbol not in context.positions:
                orphans[row.symbol] = orphans.get(row.symbol, 0) + 1
        for symbol in self._orphans - set(orphans):
            self._lower_orphan(symbol)
        lasting = self._lasting(self._orphans_since, set(orphans))
        for symbol, count in orphans.items():
            if symbol not in lasting or symbol in self._orphans:
                continue
            self._orphans.add(symbol)
            what = "1 exit is" if count == 1 else f"{count} exits are"
            fact = f"{what} at work for {symbol}, of which you hold none."
            consequence = "If one fills, it opens a position. Cancel them."
            context.alarm(f"orphan:{symbol}", fact, consequence, action="kill.open", label="Stop...")
            context.tell(NoticeLevel.NEEDS_YOU, "Risk", f"{fact} {consequence}", group=f"orphan:{symbol}")

    def _words(self, risk: PositionRisk) -> tuple[str, str] | None:
        shares = format_shares(abs(risk.quantity))
        if risk.protection is Protection.TOO_LARGE:
            fact = f"The {risk.symbol} stop is for {format_shares(risk.stop_quantity)} shares, you hold {shares}."
            return fact, "If it fills, the position turns over. Make it smaller."
        if not self._wants_stop(risk.symbol):
            return None
        if risk.waiting_quantity > 0 and risk.unprotected_quantity > 0:
            bare = format_shares(risk.unprotected_quantity)
            fact = (
                f"{bare} {risk.symbol} shares have no working stop: {self._context.broker_name} holds the exits back."
            )
            return fact, "They begin once the whole entry is filled. Or cancel its rest, then place a stop."
        if risk.protection in {Protection.NONE, Protection.PARTIAL} and risk.unprotected_quantity > 0:
            fact = f"{format_shares(risk.unprotected_quantity)} of {shares} {risk.symbol} shares have no stop."
            return fact, "Place the planned one with Ctrl+Shift+P."
        if risk.protection is Protection.UNCERTAIN:
            fact = f"{format_shares(risk.unsure_quantity)} {risk.symbol} shares: stop not confirmed."
            return fact, "It is being asked for."
        return None

    def _wants_stop(self, symbol: str) -> bool:
        """True where an entry of the open trade was planned with a stop."""
        position = self._context.positions.get(symbol)
        if position is None:
            return False
        return any(
            row.intent.role is OrderRole.ENTRY and row.intent.plan is not None and row.intent.plan.stop_loss_price
            for row in self._sync.entries_of_trade(position)
        )
