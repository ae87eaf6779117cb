"""What a fill cost, in the words of its toast: "Cost 1.8 bp, $4.12; your median here 0.9."."""

from collections import OrderedDict

from legend_desktop.domain.formatting import format_money, format_number
from legend_desktop.domain.orders import Order
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService, ExecutionMetrics
from legend_desktop.services.own_costs import OwnCosts, UsualCost
from legend_desktop.viewmodels.execution_quality_cards import reason_words

_KEPT = 64


class FillCosts:
    """Answers from memory at once: the order is measured before its fill is told.

    A partial fill is told with the cost of all shares filled so far. What is usual is counted once an order, so that
    a burst of fills costs no more than one.
    """

    def __init__(self, analytics: ExecutionAnalyticsService) -> None:
        self._analytics = analytics
        self._own = OwnCosts(analytics)
        self._usual: OrderedDict[str, UsualCost] = OrderedDict()

    def __call__(self, order: Order) -> str:
        """One sentence; it says why where the cost is not known, and is empty while nothing was measured."""
        metrics = self._analytics.order_metrics(order.client_order_id)
        if metrics is None:
            return ""
        if metrics.slippage_bps is None or metrics.slippage_cost is None:
            return f"Cost not known: {_why(metrics)}."
        saved = metrics.slippage_cost < 0
        bps, money = format_number(abs(metrics.slippage_bps), 1), format_money(abs(metrics.slippage_cost))
        words = f"{'Saved' if saved else 'Cost'} {bps} bp, {money}"
        usual = self._usual_of(order).median_bps
        return f"{words}." if usual is None else f"{words}; your median here {_median(usual, saved=saved)}."

    def _usual_of(self, order: Order) -> UsualCost:
        key = order.client_order_id
        if key not in self._usual:
            self._usual[key] = self._own.usual_cost(order.symbol, without=key)
            while len(self._usual) > _KEPT:
                self._usual.popitem(last=False)
        return self._usual[key]


def _median(bps: float, *, saved: bool) -> str:
    """The figure alone where it lies on the same side as the order's own, else with the word for its side."""
    text = format_number(abs(bps), 1)
    if text == format_number(0, 1) or (bps < 0) is saved:
        return text
    return f"{text} {'saved' if bps < 0 else 'cost'}"


def _why(metrics: ExecutionMetrics) -> str:
    """The reason in words; that nothing is there to compare with is the least telling one."""
    told = [reason for reason in metrics.reasons if reason not in {"no_benchmark", "fees_unknown"}]
    return reason_words(told[0]) if told else "no quote"
