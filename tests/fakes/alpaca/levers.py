"""What happens at the broker without a request of ours: the web dashboard, the venue, Alpaca's own staff."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.alpaca.records import FakeExecution, FakeOrder, stamp_text, text

if TYPE_CHECKING:
    from tests.fakes.alpaca.server import FakeAlpaca


class Levers:
    """Pulled by tests. Everything takes effect before the call returns, unless it says otherwise."""

    def __init__(self, fake: "FakeAlpaca") -> None:
        self.fake = fake

    # --- keys, account, time

    def revoke_keys(self) -> None:
        """From now on every request and login is unauthorized; open streams stay."""
        self.fake.revoked = True

    def restore_keys(self) -> None:
        self.fake.revoked = False

    def rotate_keys(self, key: str, secret: str) -> None:
        """The old pair is worth nothing any more."""
        self.fake.key, self.fake.secret = key, secret

    def change_account_id(self) -> str:
        """The same keys suddenly show another account."""
        self.fake.state.account_id = self.fake.state.new_id()
        return self.fake.state.account_id

    def set_account(self, **fields: Any) -> None:
        """Set fields of the account answer, as in ``set_account(trading_blocked=True)``."""
        self.fake.state.account |= fields

    def skew(self, seconds: float) -> None:
        """The broker's ``Date`` headers and clock are so far ahead of ours."""
        self.fake.skew_seconds = seconds

    def set_session(self, session: str | None) -> None:
        """``regular``, ``pre``, ``after``, ``overnight``, ``closed``; ``None`` lets the clock decide.

        What waits for the session starts at once.
        """
        self.fake.state.session = session
        self.fake.engine.sweep()
        self.fake.engine.open_queue()

    def end_day(self) -> None:
        """The close: day orders end, those for the closing auction are crossed."""
        self.fake.engine.end_day()

    def cross(self, auction: str) -> None:
        """Hold the ``opg`` or ``cls`` auction now."""
        self.fake.engine.cross(auction)

    # --- orders

    def dashboard_order(self, **fields: Any) -> FakeOrder:
        """An order that somebody places on the web page: the client id is not ours. Raises ``Refusal``."""
        body = {"time_in_force": "day", "type": "market", **fields}
        return self.fake.desk.place(body, source="dashboard")

    def delete_leg(self, leg: FakeOrder) -> None:
        """One exit is gone and its sibling stays: the position has lost that side of its protection."""
        leg.status, leg.canceled_at = "canceled", self.fake.state.stamp()
        self.fake.engine.emit("canceled", leg)

    def cancel(self, order: FakeOrder) -> None:
        """The broker ends the order (and the rest of its group) without being asked."""
        self.fake.engine.cancel_group(order)

    def expire(self, order: FakeOrder) -> None:
        self.fake.engine.cancel_group(order, "expired")

    def reject(self, order: FakeOrder, reason: str | None = None) -> None:
        """The venue refuses an order that was accepted."""
        self.fake.engine.reject(order, reason)

    def acknowledge(self, order: FakeOrder) -> None:
        """The venue takes an order that ``switches.hold_acknowledge`` kept at ``pending_new``."""
        self.fake.engine.acknowledge(order)

    def finish_cancel(self, order: FakeOrder) -> None:
        """The venue does what ``switches.hold_cancels`` kept back."""
        self.fake.engine.finish_cancel(order)

    def finish_replace(self, order: FakeOrder) -> None:
        """The venue does what ``switches.hold_replaces`` kept back."""
        self.fake.engine.finish_replace(order)

    def fill(self, order: FakeOrder, qty: str | int | None = None, price: str | None = None) -> FakeExecution:
        """An execution whatever the market says; by default all that is left, at the touch."""
        quote = self.fake.market.quote(order.symbol)
        assert quote is not None
        at = Decimal(price) if price is not None else quote.ask if order.buy else quote.bid
        return self.fake.engine.fill(order, order.leaves(at) if qty is None else Decimal(qty), at)

    def set_status(self, order: FakeOrder, status: str) -> None:
        """A state that requests cannot bring about: ``suspended``, ``stopped``, ``done_for_day``, ``calculated``."""
        order.status = status
        self.fake.engine.emit(status, order)

    def set_status_word(self, order: FakeOrder, word: str | None, *, event: str | None = None) -> None:
        """Answers and events say ``word`` for the order's status; ``event`` is sent with it. ``None`` ends it."""
        order.word = word
        if event is not None:
            self.fake.engine.emit(event, order)

    def emit(self, event: str, order: FakeOrder, **fields: Any) -> None:
        """Any event about an order, also one that no document names."""
        self.fake.engine.emit(event, order, **fields)

    def freeze_reads(self) -> None:
        """Order reads keep showing what they would show now; ``switches.reads_lag = False`` ends it."""
        self.fake.reads.freeze()

    def replace_unasked(self, order: FakeOrder, **changes: Any) -> FakeOrder:
        """The broker replaces an order itself, as after a split: ``replace_unasked(order, limit_price="87.5")``."""
        typed = {name: Decimal(value) for name, value in changes.items()}
        fresh = self.fake.engine.request_replace(order, typed | {"client_order_id": self.fake.state.new_id()})
        self.fake.engine.finish_replace(order)
        return fresh

    def halt(self, symbol: str) -> None:
        """Nothing trades in the symbol; new orders wait as ``accepted``."""
        self.fake.state.halted.add(symbol)

    def resume(self, symbol: str) -> None:
        """Trading goes on: what waited starts, what rested meets the quote."""
        self.fake.state.halted.discard(symbol)
        self.fake.engine.open_queue()
        self.fake.engine.match(symbol)

    # --- executions

    def bust(self, execution: FakeExecution) -> None:
        """The execution never happened: shares and money go back, a ``trade_bust`` names it."""
        state = self.fake.state
        state.undo(execution)
        self.fake.engine.emit(
            "trade_bust",
            execution.order,
            previous_id=execution.id,
            price=text(execution.price),
            qty=text(execution.qty),
            position_qty=text(state.position(execution.symbol).qty),
        )

    def correct(self, execution: FakeExecution, price: str, qty: str | None = None) -> FakeExecution:
        """The execution becomes another one: the old is busted silently, a ``trade_correct`` names both."""
        state, order = self.fake.state, execution.order
        state.undo(execution)
        fixed, shares = Decimal(price), Decimal(qty) if qty is not None else execution.qty
        made = FakeExecution(
            id=state.new_id(),
            activity_id=execution.activity_id.split("::")[0] + "::" + state.new_id(),
            order=order,
            symbol=order.symbol,
            side=order.side,
            qty=shares,
            price=fixed,
            cum_qty=execution.cum_qty - execution.qty + shares,
            leaves_qty=execution.leaves_qty,
            time=execution.time,
            kind=execution.kind,
        )
        order.filled_qty += shares
        order.filled_value += shares * fixed
        state.apply(made)
        execution.corrected_by = made.id
        numbers = {"price": text(fixed), "qty": text(shares), "position_qty": text(state.position(order.symbol).qty)}
        self.fake.engine.emit("trade_correct", order, execution_id=made.id, previous_id=execution.id, **numbers)
        return made

    # --- money outside of orders

    def activity(self, kind: str, amount: str, **fields: Any) -> dict[str, Any]:
        """A fee, dividend or transfer: cash moves, and the activity list shows it."""
        state = self.fake.state
        now = state.stamp()
        row = {
            "activity_type": kind,
            "id": f"{now:%Y%m%d}000000000::{state.new_id()}",
            "date": f"{now:%Y-%m-%d}",
            "created_at": stamp_text(now),
            "net_amount": amount,
            "currency": "USD",
            "status": "executed",
            **fields,
        }
        state.other_activities.append(row)
        state.cash += Decimal(amount)
        return row

    def give(self, symbol: str, qty: str, price: str) -> None:
        """A position that no order of this session made; no cash moves. A short has a negative quantity."""
        side = "sell" if qty.startswith("-") else "buy"
        self.fake.state.give(symbol, side, abs(Decimal(qty)), Decimal(price))

    def yesterday(self) -> None:
        """The equity of now becomes that of the last close, a day ago."""
        self.fake.state.last_equity = self.fake.state.equity
        self.fake.state.created_at -= timedelta(days=1)
