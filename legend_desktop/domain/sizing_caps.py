"""The size that each limit allows, before the smallest of them is taken."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.formatting import format_money, format_percent, format_shares
from legend_desktop.domain.money import HUNDRED, ZERO, floor_to_step
from legend_desktop.domain.sizing_models import SizeLimit, SizingRequest

_PRICE_UNKNOWN = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})


def cap_sizes(request: SizingRequest, risk_per_share: Decimal | None) -> dict[SizeLimit, Decimal]:
    """Every limit that is set with the largest size it allows, rounded down to the step and never below zero."""
    caps, entry = request.caps, request.entry_price
    sizes: dict[SizeLimit, Decimal] = {}
    if caps.buying_power is not None:
        sizes[SizeLimit.BUYING_POWER] = spendable(request) / entry
    if caps.max_position_percent is not None:
        room = caps.max_position_percent / HUNDRED * equity_of(request) - caps.held_value
        sizes[SizeLimit.MAX_POSITION] = room / entry
    if caps.max_order_value is not None:
        sizes[SizeLimit.MAX_ORDER_VALUE] = caps.max_order_value / entry
    if caps.max_percent_adv is not None and caps.adv is not None:
        sizes[SizeLimit.ADV] = caps.max_percent_adv / HUNDRED * caps.adv
    if caps.remaining_heat is not None and risk_per_share is not None:
        sizes[SizeLimit.HEAT] = caps.remaining_heat / risk_per_share
    if caps.max_quantity is not None:
        sizes[SizeLimit.MAX_QUANTITY] = caps.max_quantity
    return {limit: max(ZERO, floor_to_step(size, request.step)) for limit, size in sizes.items()}


def spendable(request: SizingRequest) -> Decimal:
    """Buying power that the size may use: a part is kept back while the fill price is not known."""
    power = request.caps.buying_power or ZERO
    if keeps_slack(request):
        power *= (HUNDRED - request.caps.buying_power_slack) / HUNDRED
    return max(ZERO, power)


def keeps_slack(request: SizingRequest) -> bool:
    """True where the order fills at a price nobody knows yet."""
    return request.order_type in _PRICE_UNKNOWN and request.caps.buying_power_slack > 0


def equity_of(request: SizingRequest) -> Decimal:
    """The equity that per cent limits count from."""
    return request.account_size if request.caps.equity is None else request.caps.equity


def describe_cap(request: SizingRequest, limit: SizeLimit) -> str:
    """The limit as the start of a sentence, "One position may be 25 % of equity"."""
    caps = request.caps
    if limit is SizeLimit.BUYING_POWER:
        kept = f", {format_percent(caps.buying_power_slack, trim=True)} kept back" if keeps_slack(request) else ""
        return f"Free buying power is {format_money(caps.buying_power)}{kept}"
    if limit is SizeLimit.MAX_POSITION:
        held = f" and {format_money(caps.held_value)} is held" if caps.held_value > 0 else ""
        return f"One position may be {format_percent(caps.max_position_percent, trim=True)} of equity{held}"
    if limit is SizeLimit.MAX_ORDER_VALUE:
        return f"One order may be {format_money(caps.max_order_value)}"
    if limit is SizeLimit.ADV:
        return f"One order may be {format_percent(caps.max_percent_adv, trim=True)} of the average daily volume"
    if limit is SizeLimit.HEAT:
        return f"Heat has room for {format_money(max(ZERO, caps.remaining_heat or ZERO))} more"
    return f"One order may have {format_shares(caps.max_quantity)} shares"
