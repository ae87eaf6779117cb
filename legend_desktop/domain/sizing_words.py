"""The refusals and notices of position sizing as plain sentences with what to do."""

from decimal import ROUND_CEILING, Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.formatting import format_money, format_percent, format_price, format_shares, plain
from legend_desktop.domain.money import CENT, HUNDRED, ceil_to_step, floor_to_step
from legend_desktop.domain.sizing_caps import describe_cap
from legend_desktop.domain.sizing_models import (
    MINIMUM_KELLY_TRADES,
    KellyInputs,
    PositionSizing,
    SizeLimit,
    SizingCode,
    SizingModel,
    SizingRequest,
)
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict


def invalid(field: str, message: str, advice: str = "") -> SizingError:
    """An input that cannot be reckoned with."""
    return SizingError(message, advice=advice, code=SizingCode.INVALID_INPUT, field=field)


def smallest_distance(request: SizingRequest) -> Decimal:
    """The stop distance below which noise alone would hit it: two ticks, or the spread where that is wider."""
    return max(2 * request.tick, request.spread or 2 * request.tick)


def stop_equals_entry(request: SizingRequest) -> SizingError:
    """The stop stands on the entry."""
    near = _beside(request, -request.side.sign)
    return SizingError(
        "The stop equals the entry, so the risk is nothing and the size would be endless.",
        advice="Move the stop by at least 2 ticks.",
        code=SizingCode.STOP_EQUALS_ENTRY,
        field="stop",
        fixes=(_use("stop", near, request),),
    )


def stop_wrong_side(request: SizingRequest, stop: Decimal) -> SizingError:
    """The stop stands where the profit would be."""
    buys = request.side is OrderSide.BUY
    entry, tick = request.entry_price, request.tick
    near = _beside(request, -request.side.sign)
    suggestion = request.suggested_stop
    if suggestion is None or request.side.sign * (entry - suggestion) <= 0:
        suggestion = 2 * entry - stop
    fixes = (_use("stop", suggestion, request),) if suggestion > 0 else ()
    turn = ", or press S to sell short" if buys else ", or press B to buy"
    other = Fix("Sell short", "side", "sell") if buys else Fix("Buy", "side", "buy")
    if buys and not request.shortable:
        turn = ""
    else:
        fixes = (*fixes, other)
    return SizingError(
        f"The stop is {'above' if buys else 'below'} the entry. A stop for a {'buy' if buys else 'sell'} must be "
        f"{'below' if buys else 'above'} {format_price(entry, tick)}.",
        advice=f"Type a stop of {format_price(near, tick)} or {'lower' if buys else 'higher'}{turn}.",
        code=SizingCode.STOP_WRONG_SIDE,
        field="stop",
        fixes=fixes,
    )


def target_wrong_side(request: SizingRequest) -> SizingError:
    """The target stands where the loss would be."""
    buys = request.side is OrderSide.BUY
    near = _beside(request, request.side.sign)
    return SizingError(
        f"The target is not {'above' if buys else 'below'} the entry. A target for a {'buy' if buys else 'sell'} must "
        f"be {'above' if buys else 'below'} {format_price(request.entry_price, request.tick)}.",
        advice=f"Type a target of {format_price(near, request.tick)} or {'higher' if buys else 'lower'}, "
        "or leave it empty.",
        code=SizingCode.TARGET_WRONG_SIDE,
        field="target",
        fixes=(Fix("No target", "target", ""),),
    )


def not_shortable(request: SizingRequest) -> SizingError:
    """Nobody lends the shares."""
    return SizingError(
        f"{request.broker_name or 'The broker'} cannot lend {request.symbol} now, so it cannot be sold short. "
        "Nothing was sent.",
        advice="Choose another symbol, or buy.",
        code=SizingCode.NOT_SHORTABLE,
        field="side",
    )


def fractional_not_allowed(request: SizingRequest, quantity: Decimal | None = None) -> SizingError:
    """Parts of a share are not traded here."""
    whole = None if quantity is None else floor_to_step(quantity, Decimal(1))
    return SizingError(
        f"{request.symbol} is traded in whole shares for this kind of order.",
        advice="Use a whole number of shares.",
        code=SizingCode.FRACTIONAL_NOT_ALLOWED,
        field="quantity",
        fixes=(Fix(f"Use {format_shares(whole)}", "quantity", plain(whole)),) if whole else (),
    )


def zero_by_risk(request: SizingRequest, budget: Decimal, one_step: Decimal, nearest_risk: Decimal) -> SizingError:
    """The budget is smaller than what one step would lose; ``nearest_risk`` is the stop distance that would fit."""
    wanted = (one_step / request.account_size * HUNDRED).quantize(CENT, rounding=ROUND_CEILING)
    what = "one share risks" if request.step == 1 else f"{plain(request.step)} shares risk"
    if request.risk_percent is not None and request.model is not SizingModel.FIXED_CASH:
        have = (
            f"{format_percent(request.risk_percent)} of {format_money(request.account_size)} is {format_money(budget)}"
        )
        ways = [f"Risk {format_percent(wanted)}"] if wanted <= HUNDRED else []
        fixes = [Fix(f"Risk {format_percent(wanted)}", "risk", plain(wanted))] if ways else []
    elif request.model is SizingModel.KELLY:
        have, ways, fixes = f"The Kelly risk is {format_money(budget)}", [], []
    else:
        have = f"The risk is {format_money(budget)}"
        ways = [f"Risk {format_money(one_step)}"]
        fixes = [Fix(f"Risk {format_money(one_step)}", "risk", plain(one_step))]
    if nearest_risk >= request.tick and request.model in {SizingModel.FIXED_FRACTIONAL, SizingModel.FIXED_CASH}:
        stop = _inner_tick(request, request.entry_price - request.side.sign * nearest_risk)
        ways.append(f"bring the stop to {format_price(stop, request.tick)} or closer")
        fixes.append(_use("stop", stop, request))
    advice = " or ".join(ways)
    return SizingError(
        f"{have}; {what} {format_money(one_step)}.",
        advice=f"{advice[0].upper()}{advice[1:]}." if advice else "Use a larger account or another symbol.",
        code=SizingCode.ZERO_SIZE,
        field="risk",
        fixes=tuple(fixes),
    )


def zero_by_cap(request: SizingRequest, limit: SizeLimit) -> SizingError:
    """A limit leaves no room for even one step."""
    share = "one share costs" if request.step == 1 else f"{plain(request.step)} shares cost"
    return SizingError(
        f"{describe_cap(request, limit)}; {share} {format_money(request.entry_price * request.step)}.",
        advice="Free some room first, or choose a cheaper symbol.",
        code=SizingCode.ZERO_SIZE,
        field="quantity",
    )


def zero_by_model(request: SizingRequest) -> SizingError:
    """The share of equity asked for does not buy one step."""
    share = "one share costs" if request.step == 1 else f"{plain(request.step)} shares cost"
    return SizingError(
        f"{format_percent(request.equity_percent)} of {format_money(request.account_size)} is less than a share; "
        f"{share} {format_money(request.entry_price * request.step)}.",
        advice="Use a larger part of the account or a cheaper symbol.",
        code=SizingCode.ZERO_SIZE,
        field="quantity",
    )


def kelly_without_edge(share_percent: Decimal) -> SizingError:
    """The closed trades lose on average, so the model stakes nothing."""
    return SizingError(
        f"The closed trades have no edge: their Kelly share is {format_percent(share_percent, signed=True)}, "
        "so the size is zero.",
        advice="Size by a fixed per cent of risk instead.",
        code=SizingCode.ZERO_SIZE,
        field="risk",
    )


def kelly_needs_trades(kelly: KellyInputs) -> SizingError:
    """Too few closed trades to estimate an edge."""
    return invalid(
        "risk",
        f"The Kelly size needs {MINIMUM_KELLY_TRADES} closed trades, there are {kelly.trades}.",
        "Size by a fixed per cent of risk until then.",
    )


def capped_notice(request: SizingRequest, sizing: PositionSizing, percent: Decimal | None) -> Verdict:
    """A limit made the size smaller: what it would have been, which limit, and the risk that is left."""
    value = format_money(sizing.uncapped_size * request.entry_price, cents=False)
    real = "" if sizing.risk_percent_actual is None else f" Real risk {format_percent(sizing.risk_percent_actual)}."
    return Verdict(
        check=SizingCode.CAPPED.lower(),
        title="Size cut by a limit",
        outcome=Outcome.NOTICE,
        sentence=f"{_asked(request, percent)} would be {format_shares(sizing.uncapped_size)} shares, {value}. "
        f"{describe_cap(request, sizing.binding_cap)}, so {format_shares(sizing.position_size)}.{real}",
    )


def tight_stop_notice(request: SizingRequest, risk_per_share: Decimal) -> Verdict | None:
    """The stop is so near that noise may hit it; ``None`` where it is not."""
    least = smallest_distance(request)
    if risk_per_share >= least:
        return None
    why = "the spread" if least > 2 * request.tick else "2 ticks"
    return Verdict(
        check=SizingCode.STOP_TOO_TIGHT.lower(),
        title="Stop beyond the noise",
        outcome=Outcome.CONFIRM,
        sentence=f"The stop is {format_price(risk_per_share, request.tick)} from the entry, less than {why} "
        f"({format_price(least, request.tick)}). It may be hit at once. Move it, or confirm.",
        fixes=(_use("stop", _beside(request, -request.side.sign), request),),
    )


def high_risk_notice(percent: Decimal | None, limit: Decimal) -> Verdict | None:
    """More of the account is at risk than the rule of thumb allows; ``None`` where it is not."""
    if percent is None or percent <= limit:
        return None
    return Verdict(
        check=SizingCode.HIGH_RISK.lower(),
        title="Risk of one trade",
        outcome=Outcome.CONFIRM,
        sentence=f"This risks {format_percent(percent)} of the account on one trade; above "
        f"{format_percent(limit, trim=True)} it needs a second press. Risk less, or confirm.",
        fixes=(Fix(f"Risk {format_percent(limit, trim=True)}", "risk", plain(limit)),),
    )


def _asked(request: SizingRequest, percent: Decimal | None) -> str:
    if request.model is SizingModel.FIXED_CASH:
        return f"{format_money(request.cash_risk)} risk"
    if request.model is SizingModel.PERCENT_OF_EQUITY:
        return f"{format_percent(request.equity_percent)} of the account"
    return f"{format_percent(percent)} risk"


def _beside(request: SizingRequest, direction: int) -> Decimal:
    """The nearest sensible price on one side of the entry."""
    price = request.entry_price + direction * smallest_distance(request)
    return floor_to_step(price, request.tick) if direction < 0 else ceil_to_step(price, request.tick)


def _inner_tick(request: SizingRequest, stop: Decimal) -> Decimal:
    """``stop`` on a tick, rounded towards the entry."""
    step = ceil_to_step if request.side is OrderSide.BUY else floor_to_step
    return step(stop, request.tick)


def _use(field: str, price: Decimal, request: SizingRequest) -> Fix:
    return Fix(f"Use {format_price(price, request.tick)}", field, plain(price))
