"""Position sizing: how many shares a risk, a stop and the limits allow.

The size is the budget divided by what one share can lose (stop distance, slippage and commissions both ways), then
the smallest of that and every limit, always rounded down. The percent-risk model and the R multiple are Van Tharp's,
volatility sizing follows the published Turtle rules with Wilder's average true range, the Kelly share is Kelly's of
1956.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain import sizing_words as words
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.formatting import format_age, format_price
from legend_desktop.domain.money import HUNDRED, ONE, ZERO, floor_to_step, is_multiple, round_to_tick
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.sizing_caps import cap_sizes
from legend_desktop.domain.sizing_models import (
    MINIMUM_KELLY_TRADES,
    KellyInputs,
    PositionSizing,
    SizeLimit,
    SizingCaps,
    SizingCode,
    SizingModel,
    SizingRequest,
)
from legend_desktop.domain.verdicts import Verdict

__all__ = [
    "KellyInputs",
    "KellyShare",
    "PositionSizing",
    "SizeLimit",
    "SizingCaps",
    "SizingCode",
    "SizingModel",
    "SizingRequest",
    "describe_quantity",
    "entry_price_for",
    "kelly_share",
    "size_position",
]

MAX_QUOTE_AGE = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class KellyShare:
    """The growth-optimal stake in per cent, the part of it that is used, and the risk after the cap."""

    full_percent: Decimal
    fraction_percent: Decimal
    risk_percent: Decimal


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the model gives: stop, what it may lose (``None`` without a budget), size before limits."""

    stop: Decimal | None
    budget: Decimal | None
    size: Decimal
    percent: Decimal | None


def entry_price_for(
    side: OrderSide,
    order_type: OrderType,
    quote: Quote | None,
    now: datetime,
    *,
    limit_price: Decimal | None = None,
    stop_price: Decimal | None = None,
    slippage_allowance: Decimal = ZERO,
    max_quote_age: timedelta = MAX_QUOTE_AGE,
    symbol: str = "",
) -> Decimal:
    """The price a size is worked out with: the far side for a market order, the limit, or trigger plus slippage.

    Raises ``SizingError`` with ``NO_PRICE`` or ``STALE_QUOTE`` where there is none.
    """
    if order_type in {OrderType.LIMIT, OrderType.STOP_LIMIT} or (
        order_type is OrderType.BRACKET and limit_price is not None
    ):
        return _needed(limit_price, "limit price", "limit")
    if order_type is OrderType.STOP:
        return _needed(stop_price, "trigger price", "trigger") + side.sign * slippage_allowance
    name = symbol or (quote.symbol if quote is not None else "this symbol")
    if quote is None:
        raise _no_price(f"There is no quote for {name}.")
    far = quote.far_side(side)
    if far is None or far <= 0:
        raise _no_price(f"Nobody {'offers' if side is OrderSide.BUY else 'bids for'} {name} now.")
    if quote.is_crossed:
        bid, ask = format_price(quote.bid), format_price(quote.ask)
        raise _no_price(f"The {name} quote is crossed: bid {bid} stands above ask {ask}.")
    if quote.age(now) > max_quote_age:
        raise SizingError(
            f"The {name} quote is {format_age(quote.age(now))} old. A market order is not sized on an old price.",
            advice="Wait for a quote, or use a limit.",
            code=SizingCode.STALE_QUOTE,
            field="type",
        )
    return far


def kelly_share(kelly: KellyInputs) -> KellyShare:
    """``W - (1 - W) / R`` in per cent, the chosen fraction of it, and the risk after the cap (zero without an edge)."""
    full = (kelly.win_rate - (ONE - kelly.win_rate) / kelly.payoff) * HUNDRED
    part = kelly.kelly_fraction * full
    return KellyShare(full, part, max(ZERO, min(part, kelly.cap_percent)))


def size_position(request: SizingRequest) -> PositionSizing:
    """The largest size that every limit allows, rounded down to the step.

    Raises ``SizingError`` whose ``code`` is a ``SizingCode``, with ``fixes`` where something typed would make it work.
    """
    _check_basics(request)
    if request.step != ONE and not request.fractional_allowed:
        raise words.fractional_not_allowed(request)
    basis = _basis(request)
    r = _risk_per_share(request, basis.stop)
    _check_target(request)
    uncapped = floor_to_step(basis.size, request.step)
    if basis.budget is not None and r is not None:
        uncapped = _fit_budget(request, r, uncapped, basis.budget)
        if uncapped <= 0:
            raise words.zero_by_risk(request, basis.budget, _all_in(request, r, request.step), _nearest(request, basis))
    if uncapped <= 0:
        raise words.zero_by_model(request)
    sizes = {SizeLimit.RISK: uncapped, **cap_sizes(request, r)}
    binding = min(sizes, key=lambda limit: sizes[limit])
    if sizes[binding] <= 0:
        raise words.zero_by_cap(request, binding)
    sizing = _describe(request, basis.stop, sizes[binding], sizes, binding)
    return replace(sizing, notices=_notices(request, sizing, basis.percent))


def describe_quantity(request: SizingRequest, quantity: Decimal) -> PositionSizing:
    """What ``quantity`` shares would mean: the same figures for a size that a person typed; the stop may be missing.

    Limits are listed in ``cap_sizes`` but cut nothing. Raises ``SizingError`` as ``size_position`` does.
    """
    request = replace(request, model=SizingModel.FIXED_QUANTITY)
    _check_basics(request)
    if quantity <= 0:
        raise words.invalid("quantity", "The quantity must be above zero.", "Type a number of shares.")
    step = request.step if request.fractional_allowed else ONE
    if not is_multiple(quantity, step):
        raise words.fractional_not_allowed(request, quantity)
    r = _risk_per_share(request, request.stop_loss_price)
    _check_target(request)
    sizes = {SizeLimit.TYPED: quantity, **cap_sizes(request, r)}
    sizing = _describe(request, request.stop_loss_price, quantity, sizes, SizeLimit.TYPED)
    return replace(sizing, notices=_notices(request, sizing, sizing.risk_percent_actual))


def _basis(request: SizingRequest) -> _Basis:
    match request.model:
        case SizingModel.FIXED_FRACTIONAL:
            return _by_percent(request, _percent(request.risk_percent, "risk"))
        case SizingModel.FIXED_CASH:
            return _by_budget(request, _positive(request.cash_risk, "risk", "cash risk"), None)
        case SizingModel.VOLATILITY:
            percent = _percent(request.risk_percent, "risk")
            atr = _positive(request.atr, "stop", "average true range")
            distance = _positive(request.atr_multiple, "stop", "multiple of the average true range") * atr
            stop = round_to_tick(request.entry_price - request.side.sign * distance, request.tick)
            if stop <= 0:
                raise words.invalid("stop", "That many average true ranges are more than the price.", "Use fewer.")
            return _by_percent(replace(request, stop_loss_price=stop), percent)
        case SizingModel.KELLY:
            return _by_percent(request, _kelly_percent(request.kelly))
        case SizingModel.PERCENT_OF_EQUITY:
            percent = _percent(request.equity_percent, "quantity")
            size = request.account_size * percent / HUNDRED / request.entry_price
            return _Basis(request.stop_loss_price, None, size, None)
        case SizingModel.FIXED_QUANTITY:
            raise words.invalid("quantity", "A typed quantity is described, not worked out.")


def _by_percent(request: SizingRequest, percent: Decimal) -> _Basis:
    return _by_budget(request, request.account_size * percent / HUNDRED, percent)


def _by_budget(request: SizingRequest, budget: Decimal, percent: Decimal | None) -> _Basis:
    stop = request.stop_loss_price
    if stop is None:
        raise words.invalid("stop", "The size follows from the stop, and there is none.", "Type a stop.")
    r = _risk_per_share(request, stop)
    size = ZERO if r is None else budget / (r + request.slippage_allowance + 2 * request.commission_per_share)
    return _Basis(stop, budget, size, percent)


def _kelly_percent(kelly: KellyInputs | None) -> Decimal:
    if kelly is None:
        raise words.invalid("risk", "The Kelly size needs the figures of closed trades.", "Use another model.")
    if kelly.trades < MINIMUM_KELLY_TRADES:
        raise words.kelly_needs_trades(kelly)
    if not ZERO <= kelly.win_rate <= ONE or kelly.payoff <= 0 or kelly.kelly_fraction <= 0 or kelly.cap_percent <= 0:
        raise words.invalid("risk", "The closed trades' win rate or payoff makes no sense.", "Use another model.")
    share = kelly_share(kelly)
    if share.risk_percent <= 0:
        raise words.kelly_without_edge(share.full_percent)
    return share.risk_percent


def _risk_per_share(request: SizingRequest, stop: Decimal | None) -> Decimal | None:
    if stop is None:
        return None
    if not stop.is_finite() or stop <= 0:
        raise words.invalid("stop", "The stop must be above zero.", "Type a stop price.")
    r = request.side.sign * (request.entry_price - stop)
    if r == 0:
        raise words.stop_equals_entry(request)
    if r < 0:
        raise words.stop_wrong_side(request, stop)
    return r


def _check_target(request: SizingRequest) -> None:
    target = request.target_price
    if target is None:
        return
    if not target.is_finite() or target <= 0:
        raise words.invalid("target", "The target must be above zero.", "Type a target price, or leave it empty.")
    if request.side.sign * (target - request.entry_price) <= 0:
        raise words.target_wrong_side(request)


def _check_basics(request: SizingRequest) -> None:
    _positive(request.account_size, "account", "account size")
    _positive(request.entry_price, "limit", "entry price")
    _positive(request.step, "quantity", "quantity step")
    _positive(request.tick, "limit", "price step")
    costs = (request.slippage_allowance, request.commission_per_share, request.min_commission)
    if any(not cost.is_finite() or cost < 0 for cost in costs):
        raise words.invalid("cost", "Slippage and commission must not be below zero.")
    if request.side is OrderSide.SELL and not request.shortable:
        raise words.not_shortable(request)


def _fit_budget(request: SizingRequest, r: Decimal, size: Decimal, budget: Decimal) -> Decimal:
    """The largest size whose loss with slippage and both commissions fits the budget, not above ``size``."""
    by_minimum = (budget - 2 * request.min_commission) / (r + request.slippage_allowance)
    size = max(ZERO, min(size, floor_to_step(by_minimum, request.step)))
    # a quotient is rounded at 28 digits and may land on the next step up
    while size > 0 and _all_in(request, r, size) > budget:
        size -= request.step
    return max(ZERO, size)


def _all_in(request: SizingRequest, r: Decimal, size: Decimal) -> Decimal:
    return size * (r + request.slippage_allowance) + _fees(request, size)


def _fees(request: SizingRequest, size: Decimal) -> Decimal:
    return 2 * max(request.min_commission, request.commission_per_share * size)


def _nearest(request: SizingRequest, basis: _Basis) -> Decimal:
    """The widest stop distance with which one step fits the budget."""
    budget = basis.budget or ZERO
    return (budget - _fees(request, request.step)) / request.step - request.slippage_allowance


def _describe(
    request: SizingRequest, stop: Decimal | None, size: Decimal, sizes: dict[SizeLimit, Decimal], binding: SizeLimit
) -> PositionSizing:
    entry, sign, account = request.entry_price, request.side.sign, request.account_size
    r = None if stop is None else sign * (entry - stop)
    reward = None if request.target_price is None else sign * (request.target_price - entry)
    others = {limit: room for limit, room in sizes.items() if limit not in {binding, SizeLimit.RISK}}
    following = min(others, key=lambda limit: others[limit], default=None)
    gap = None if r is None or request.atr is None else r + request.atr
    return PositionSizing(
        position_size=size,
        risk_amount=None if r is None else size * r,
        risk_amount_all_in=None if r is None else _all_in(request, r, size),
        risk_percent_actual=None if r is None else size * r / account * HUNDRED,
        risk_per_share=r,
        reward_per_share=reward,
        reward_amount=None if reward is None else size * reward,
        r_multiple=None if reward is None or r is None else reward / r,
        position_value=size * entry,
        percent_of_account=size * entry / account * HUNDRED,
        binding_cap=binding,
        model=request.model,
        entry_price=entry,
        stop_loss_price=stop,
        target_price=request.target_price,
        uncapped_size=sizes.get(SizeLimit.RISK, size),
        next_cap=following,
        next_cap_size=None if following is None else others[following],
        cap_sizes=tuple(sizes.items()),
        atr_gap_loss=None if gap is None else size * gap,
        atr_gap_r=None if gap is None or r is None else gap / r,
        slippage_allowance=request.slippage_allowance,
    )


def _notices(request: SizingRequest, sizing: PositionSizing, percent: Decimal | None) -> tuple[Verdict, ...]:
    found: list[Verdict | None] = []
    if sizing.is_capped:
        found.append(words.capped_notice(request, sizing, percent))
    if sizing.risk_per_share is not None:
        found.append(words.tight_stop_notice(request, sizing.risk_per_share))
    asked = percent if percent is not None else sizing.risk_percent_actual
    found.append(words.high_risk_notice(asked, request.confirm_risk_percent))
    return tuple(notice for notice in found if notice is not None)


def _percent(value: Decimal | None, field: str) -> Decimal:
    name = "risk" if field == "risk" else "part of the account"
    percent = _positive(value, field, name)
    if percent > HUNDRED:
        raise words.invalid(field, f"The {name} cannot be more than 100 %.", "1 means one per cent.")
    return percent


def _positive(value: Decimal | None, field: str, name: str) -> Decimal:
    if value is None:
        raise words.invalid(field, f"The {name} is missing.", f"Type a value for the {name}.")
    if not value.is_finite() or value <= 0:
        raise words.invalid(field, f"The {name} must be above zero.", "Type a number above zero.")
    return value


def _needed(price: Decimal | None, name: str, field: str) -> Decimal:
    if price is None:
        raise SizingError(
            f"This order needs a {name}.", advice=f"Type a {name}.", code=SizingCode.NO_PRICE, field=field
        )
    return _positive(price, field, name)


def _no_price(message: str) -> SizingError:
    return SizingError(message, advice="Wait for a quote, or use a limit.", code=SizingCode.NO_PRICE, field="type")
