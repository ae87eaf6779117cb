"""From a command to a plan, and from a plan to the services.

One place carries plans out, for the command line, for keys and for the stop menu: rehearsal is asked here once more,
an order that asks for a second press is held back here, and every result becomes one sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import OrderSource
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError, OrderDenied
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.command_ast import (
    CancelCommand,
    ChartCommand,
    CloseCommand,
    Command,
    EntryCommand,
    EntrySide,
    FlattenCommand,
    Shares,
    ShowCommand,
    StopCommand,
    TargetCommand,
    TextCommand,
    WatchCommand,
)
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_meaning import meaning_of
from legend_desktop.viewmodels.desk_facts import DeskFacts, Trading
from legend_desktop.viewmodels.entry_plans import EntryPlans
from legend_desktop.viewmodels.exit_plans import ExitPlans
from legend_desktop.viewmodels.order_plans import OrderPlans
from legend_desktop.viewmodels.plans import Plan, refused
from legend_desktop.viewmodels.previews import ActionPreview
from legend_desktop.viewmodels.second_press import SecondPress
from legend_desktop.viewmodels.symbol_focus import SymbolFocus

_BY_ACTION = {
    "ask": "order.ask_broker",
    "arm": "keys.arm",
    "rehearse": "keys.rehearse",
    "theme": "view.theme",
    "lock": "kill.lock",
}
REHEARSED = "Rehearsal: nothing was sent."


def nothing_more(text: str) -> None:
    """The answer where no panel takes the text."""


@dataclass(frozen=True)
class LookActions:
    """What the window does for commands that only look: bars of the chart, the watch list, help on some words."""

    set_bars: Callable[[str], object] = nothing_more
    watch: Callable[[str], object] = nothing_more
    help: Callable[[str], object] = nothing_more


class CommandRunner(QObject):
    """Makes plans of commands and carries plans out."""

    finished = Signal(str, str)
    """Key of the plan and the sentence of its result."""
    note_wanted = Signal(str)
    """What to write in the journal, as it was typed."""
    failed = Signal(str, str)
    """Key of the plan and the sentence of its refusal; nothing more was sent."""
    asked = Signal(str, str)
    """Key of the plan and what asks for a second press."""

    def __init__(
        self,
        *,
        trading: Trading,
        facts: DeskFacts,
        tasks: TaskSupervisor,
        focus: SymbolFocus,
        router: ActionRouter,
        arming: Arming,
        tell: Callable[[Notice], None],
        look: LookActions | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``tell`` publishes a notice (``EventBus.publish``)."""
        super().__init__(parent)
        self.facts = facts
        self.focus = focus
        self.entries = EntryPlans(trading, facts)
        self.exits = ExitPlans(trading, facts)
        self.orders = OrderPlans(trading, facts)
        self._trading = trading
        self._tasks = tasks
        self._router = router
        self._arming = arming
        self._tell = tell
        self._look = look or LookActions()
        self._second = SecondPress()
        self._running: set[str] = set()

    @property
    def rehearsing(self) -> bool:
        """True while nothing may be sent."""
        return self._router.rehearsal.on

    # --- plans ---------------------------------------------------------------------------------------------------

    def plan(self, command: Command, source: OrderSource = OrderSource.COMMAND) -> Plan:
        """What ``command`` would do now. Never raises for a command that cannot be done: the plan says why."""
        if isinstance(command, EntryCommand):
            return self._entry(command, source)
        if isinstance(command, CloseCommand):
            return self.exits.close(command, source)
        if isinstance(command, StopCommand):
            return self.exits.stop(command, source)
        if isinstance(command, TargetCommand):
            return self.exits.target(command, source)
        if isinstance(command, CancelCommand):
            return self.orders.cancel(command)
        if isinstance(command, FlattenCommand):
            return self.orders.flatten(command)
        return self._look_plan(command)

    def _entry(self, command: EntryCommand, source: OrderSource) -> Plan:
        if command.side is not EntrySide.COVER:
            return self.entries.typed(command)
        key, title = format_command(command), meaning_of(command)
        position = self.facts.position(command.symbol)
        if position is None or position.is_long:
            return refused(key, title, f"You hold no {command.symbol} short, so there is nothing to cover.")
        shares = command.size.count if isinstance(command.size, Shares) else None
        whole = CloseCommand(command.symbol, shares=shares)
        at_market = command.limit is None and command.trigger is None and command.trail is None
        plan = self.exits.close(whole, source)
        if at_market or not plan.allowed:
            return plan
        count = position.shares if shares is None else shares
        return self.entries.typed(
            EntryCommand(
                EntrySide.COVER,
                command.symbol,
                Shares(count),
                limit=command.limit,
                trigger=command.trigger,
                trail=command.trail,
                time_in_force=command.time_in_force,
                broker=command.broker,
                extended_hours=command.extended_hours,
            )
        )

    def _look_plan(self, command: Command) -> Plan:
        key, title = format_command(command), meaning_of(command)
        act: Callable[[], object] | None = None
        if isinstance(command, ShowCommand):
            act = lambda: self.focus.set_symbol(command.symbol)  # noqa: E731  one-line acts beside their commands
        elif isinstance(command, ChartCommand):
            act = lambda: self._chart(command)  # noqa: E731
        elif isinstance(command, WatchCommand):
            act = lambda: self._look.watch(command.symbol)  # noqa: E731
        elif isinstance(command, TextCommand):
            if command.word == "report":
                return refused(key, title, "This version has no report builder in the window.")
            show = self.note_wanted.emit if command.word == "note" else self._look.help
            act = lambda: show(command.text)  # noqa: E731
        else:
            action_id = _BY_ACTION[getattr(command, "word", "")]
            act = lambda: self._router.trigger(action_id, OrderSource.COMMAND)  # noqa: E731
        return Plan(key, ActionPreview(title), act=act, sends=False)

    def lock(self) -> Plan:
        """Lock trading: nothing but cancels goes out until a person unlocks it."""

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.lock()
            return "Trading is locked."

        sentence = "Entries and exits stop, cancels still work. Unlocking asks for the account's last four characters."
        return Plan("lock", ActionPreview("Lock trading", sentence), run, sends=False)

    @property
    def unlock_sentence(self) -> str:
        """What lifting the person's lock means, and what to type."""
        facts = self.facts
        ending = facts.account_id()[-4:]
        return (
            f"Trading on {facts.broker_name} is locked. Unlocking lets orders out again, within every limit. "
            f"Type {ending}, the end of the account number, to unlock."
        )

    def unlock(self, last_four: str) -> bool:
        """Lift the person's lock; the answer comes as ``finished`` or ``failed`` with the key ``unlock``."""

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.unlock(last_four)
            return "Trading is unlocked."

        return self.run(Plan("unlock", ActionPreview("Unlock trading"), run, sends=False))

    def ask_broker(self) -> Plan:
        """Ask the broker what became of unknown orders, at once where the line is lost; sends no order."""
        count, name = len(self.facts.orders.unknown()), self.facts.broker_name
        title = "Ask the broker about unknown orders"
        if self.facts.line_lost():

            async def try_line(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
                await self._trading.ask_broker()
                return f"The line to {name} is tried again now."

            return Plan("ask", ActionPreview(f"Try the line to {name} again"), try_line, sends=False)
        if not count:
            return refused("ask", title, "No order is unknown, so there is nothing to ask.")

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.ask_broker()
            return f"{name} was asked about {count} unknown {'order' if count == 1 else 'orders'}."

        return Plan("ask", ActionPreview(title), run, sends=False)

    def _chart(self, command: ChartCommand) -> None:
        self.focus.set_symbol(command.symbol)
        if command.bars:
            self._look.set_bars(command.bars)
        self._router.trigger("panel.chart", OrderSource.COMMAND)

    # --- carrying out --------------------------------------------------------------------------------------------

    def run(self, plan: Plan, *, pressed_ns: int | None = None) -> bool:
        """Carry ``plan`` out; returns whether it was begun.

        Refused plans, rehearsal, an order still on its way, and a check that asks for a second press do not begin.
        """
        if not plan.allowed:
            self.failed.emit(plan.key, plan.refusal)
            return False
        if plan.act is not None:
            plan.act()
            return True
        if self._router.rehearsal.on and plan.sends:
            self.failed.emit(plan.key, REHEARSED)
            return False
        if plan.run is None or plan.key in self._running:
            return False
        now = self.facts.clock.monotonic_ns()
        accepted = self._second.answer(plan.key, now)
        if accepted is None:
            return False
        asking = [verdict for verdict in plan.preview.confirmations if verdict.check not in accepted]
        if asking:
            self._ask(plan, frozenset(verdict.check for verdict in plan.preview.confirmations), asking[0].sentence)
            return False
        self._second.forget()
        self._running.add(plan.key)
        self._tasks.start(self._carry_out(plan, accepted, pressed_ns), f"command {plan.key}")
        return True

    def _ask(self, plan: Plan, checks: frozenset[str], sentence: str) -> None:
        self._second.ask(plan.key, checks, self.facts.clock.monotonic_ns())
        self.asked.emit(plan.key, sentence)

    async def _carry_out(self, plan: Plan, accepted: frozenset[str], pressed_ns: int | None) -> None:
        if plan.run is None:
            return
        try:
            sentence = await plan.run(accepted, pressed_ns)
        except ConfirmationNeeded as error:
            self._ask(plan, error.checks | accepted, error.sentence)
        except LegendError as error:
            if not isinstance(error, OrderDenied):  # the service has told a denial already
                now = self.facts.clock.now()
                self._tell(Notice(now, NoticeLevel.WARNING, "Command", error.sentence, group="command"))
            self.failed.emit(plan.key, error.sentence)
        else:
            if plan.sends:
                self._arming.touch()
            self.finished.emit(plan.key, sentence)
        finally:
            self._running.discard(plan.key)
