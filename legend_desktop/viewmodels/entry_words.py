"""The sentences of Order entry before the press: the send button, the second press, and what each state says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.formatting import format_money, format_price, format_shares
from legend_desktop.domain.positions import Position
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict
from legend_desktop.services.previews import OrderPreview
from legend_desktop.viewmodels.order_form import OrderForm

AGAIN = "Press Ctrl+Enter once more within 3 s if you want it all the same."
_TITLE_LENGTH = 72


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A notice: ``kind`` is plain, alarm or danger; ``above`` puts it over the rows instead of under them.

    ``folds`` lets it go where there is no room: the list of checks has the same sentence.
    """

    kind: str
    title: str
    text: str
    fixes: tuple[str, ...] = ()
    above: bool = False
    folds: bool = False


def verb_of(side: OrderSide, position: Position | None) -> str:
    """Buy or sell, said as what it is for the position: sell short, buy to cover."""
    if side is OrderSide.SELL:
        return "Sell" if position is not None and position.is_long else "Sell short"
    return "Buy to cover" if position is not None and not position.is_long else "Buy"


def send_words(
    form: OrderForm, preview: OrderPreview | None, position: Position | None, *, live: bool, again: bool
) -> str:
    """The words on the send button: "Buy 116 AAPL, paper", "LIVE  Buy 205 NVDA at 184.60"."""
    known = preview is not None and preview.quantity is not None
    size = f"{format_shares(preview.quantity)} " if preview is not None and known else ""
    words = f"{verb_of(form.side, position)} {size}{form.symbol or '...'}"
    if again:
        words = f"Once more: {words[:1].lower()}{words[1:]}"
    if not live:
        return words if again else f"{words}, paper"
    if form.order_type is OrderType.LIMIT and preview is not None and known:
        words += f" at {format_price(preview.entry_price)}"
    return f"LIVE  {words}"


def again_sentence(asks: Verdict | None) -> str:
    """How to say yes to a check that asks; empty where its own sentence says it."""
    return "" if asks is not None and "Ctrl+Enter" in asks.sentence else AGAIN


def unknown_symbol(symbol: str, error: LegendError, broker: str, similar: Sequence[str]) -> Verdict:
    """The refusal for a symbol that could not be looked up, with near ones as ways out."""
    if error.code != "unknown_symbol":
        return Verdict("symbol", "Symbol can be traded", Outcome.DENY, error.sentence)
    own = str(getattr(error, "suggestion", ""))
    names = list(dict.fromkeys([own, *similar] if own else similar))[:2]
    guess = f" Did you mean {' or '.join(names)}?" if names else ""
    fixes = tuple(Fix(f"Use {name}", "symbol", name) for name in names)
    sentence = f"{broker} has no symbol {symbol}. Nothing was sent.{guess}"
    return Verdict("symbol", "Symbol can be traded", Outcome.DENY, sentence, fixes)


def with_good_stop(refusal: Verdict, stop: Decimal | None, side: OrderSide, entry: Decimal | None) -> Verdict:
    """``refusal`` offering the stop that was good last, where it still is, in place of a computed one."""
    fixes = refusal.fixes
    if stop is None or entry is None or side.sign * (entry - stop) <= 0 or not fixes or fixes[0].field != "stop":
        return refusal
    return replace(refusal, fixes=(Fix(f"Use {format_price(stop)}", "stop", f"{stop:f}"), *fixes[1:]))


def status_words(form: OrderForm, preview: OrderPreview | None, state: str) -> tuple[str, str, str]:
    """What stands at the right of the share count: text, ink, glyph."""
    if state == "empty":
        return ("needs shares" if form.by_quantity else "needs a stop"), "text.secondary", ""
    if state == "refused":
        return "not sent", "danger", "prohibit"
    if preview is not None and preview.needs_confirmation:
        return "asks once more", "warning", "warning"
    if state == "capped" and preview is not None and preview.sizing is not None:
        return f"cut from {format_shares(preview.sizing.uncapped_size)}", "warning", "arrow-down"
    return "ready to send", "ok", "check"


def size_words(preview: OrderPreview | None, position: Position | None) -> tuple[str, str]:
    """The share count and the words after it: "shares, adds to 100", "of 116 shares", "shares, closes all"."""
    if preview is None or preview.quantity is None:
        return "—", "shares"
    word = "share" if preview.quantity == 1 else "shares"
    if position is not None and preview.reduce_only:
        whole = preview.quantity == position.shares
        word = f"{word}, closes all" if whole else f"of {format_shares(position.shares)} shares"
    elif position is not None and position.side is preview.side:
        word += f", adds to {format_shares(position.shares)}"
    return format_shares(preview.quantity), word


def empty_notice(form: OrderForm, risk_money: Decimal | None, held: Position | None) -> NoticeWords:
    """What the next field is for."""
    if form.by_quantity:
        words = "Type a share count. With a stop or a target the order is a bracket; both are optional."
        if held is not None:
            way = "A sell" if held.is_long else "A buy"
            words += f" {way} of up to {format_shares(held.shares)} takes the position down."
        return NoticeWords("plain", "", words)
    loses = "fits your risk"
    if risk_money is not None:
        share = "" if form.risk.strip().startswith("$") else f"{form.risk.strip().rstrip('% ')} % of equity, "
        loses = f"loses {share}{format_money(risk_money)}"
    words = "Type the price where you would be wrong. Legend works out the shares so that a stop there"
    return NoticeWords("plain", "", f"{words} {loses}.")


def refusal_notice(refusal: Verdict, message: str) -> NoticeWords:
    """Why the order does not go, or asks for a second press, with its ways out."""
    head, rest = split_sentence(refusal.sentence)
    fixes = tuple(fix.label for fix in refusal.fixes[:2])
    if refusal.outcome is Outcome.CONFIRM:
        return NoticeWords("alarm", head, f"{rest} {message}".strip(), fixes)
    return NoticeWords("danger", head, rest, fixes, above=True)


def split_sentence(sentence: str) -> tuple[str, str]:
    """The first sentence as a title, the rest under it; one that is long stays text."""
    head, dot, rest = sentence.partition(". ")
    return (f"{head}.", rest) if dot and len(head) <= _TITLE_LENGTH else ("", sentence)
