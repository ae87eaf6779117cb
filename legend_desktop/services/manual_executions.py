"""Checks what a caller hands in to be measured: the order and the market price."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import BrokerType, OrderSide, OrderState, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import Number, to_decimal
from legend_desktop.domain.orders import Order, OrderIntent, summed_executions


def checked_price(price: Number) -> Decimal:
    """``price`` as a Decimal above zero; raises ``InvalidInput``."""
    try:
        value = to_decimal(price, "market price")
    except ValueError as error:
        raise InvalidInput(f"The market price at the order cannot be used: {error}.") from error
    if value <= 0:
        raise InvalidInput(f"The market price at the order must be above zero, not {value}.")
    return value


def checked_order(order: Order | OrderReport, broker: BrokerType | None, mode: TradingMode) -> Order:
    """``order`` as an order whose side, quantity and fills can be measured; raises ``InvalidInput``.

    A broker's report has only totals: its average price becomes one provisional fill of an order of ``broker`` and
    ``mode``.
    """
    found: object = order
    if isinstance(found, OrderReport):
        found = _from_report(found, broker or BrokerType.SIMULATOR, mode)
    if not isinstance(found, Order):
        raise InvalidInput(
            f"An order or a broker's order report can be measured, not {type(found).__name__}.",
            advice="Pass result['order'] of a quick entry, or what place_order returned.",
        )
    side: object = found.side
    if not isinstance(side, OrderSide):
        raise InvalidInput(f"The side of an order is buy or sell, not {side}.")
    _above_zero(found.quantity, "quantity of the order")
    for fill in found.fills:
        _above_zero(fill.quantity, "quantity of a fill")
        _above_zero(fill.price, "price of a fill")
    return found


def _above_zero(value: Decimal, name: str) -> None:
    if not value.is_finite() or value <= 0:
        raise InvalidInput(f"The {name} must be a number above zero, not {value}.")


def _from_report(report: OrderReport, broker: BrokerType, mode: TradingMode) -> Order:
    identity = report.client_order_id or report.broker_order_id
    intent = OrderIntent(
        client_order_id=identity,
        broker=broker,
        mode=mode,
        account_id="",
        terms=report.terms,
        created_at=report.entered_at,
    )
    order = Order(
        intent=intent,
        terms=report.terms,
        state=report.state or OrderState.WORKING,
        broker_order_ids=(report.broker_order_id,),
        sent_at=report.entered_at,
        closed_at=report.updated_at,
    )
    if report.filled_quantity == 0 or report.average_fill_price is None:
        return order
    fill = Execution(
        execution_id=f"{report.broker_order_id}:total",
        symbol=report.terms.symbol,
        side=report.terms.side,
        quantity=report.filled_quantity,
        price=report.average_fill_price,
        executed_at=report.updated_at,
        received_at=report.updated_at,
        client_order_id=identity,
        broker_order_id=report.broker_order_id,
        provisional=True,
    )
    filled, average = summed_executions((fill,))
    return replace(order, executions=(fill,), _filled=filled, _average=average)
