"""What the order and execution tables show of an order's measured cost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.money import BASIS_POINTS
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService


@dataclass(frozen=True, slots=True)
class OrderCost:
    """Measured cost of an order, positive where it cost and negative where it saved.

    ``reference`` is the price that each fill is measured against, per share; ``cost_bps`` in basis points of it.
    """

    reference: Decimal | None
    cost_bps: Decimal | None
    cost_money: Decimal | None = None

    def of_fill(self, sign: int, price: Decimal, quantity: Decimal) -> tuple[Decimal, Decimal] | None:
        """Cost of one fill in basis points and in money; ``sign`` is +1 for a buy; ``None`` without a reference."""
        if not self.reference:
            return None
        per_share = sign * (price - self.reference)
        return per_share / self.reference * BASIS_POINTS, per_share * quantity


CostOf = Callable[[str], OrderCost | None]
"""Gives the cost of an order by its client order id, ``None`` while it is not measured."""


def not_measured(client_order_id: str) -> OrderCost | None:  # noqa: ARG001  the shape that CostOf asks for
    """The answer where nothing measures orders."""
    return None


def costs_from(analytics: ExecutionAnalyticsService) -> CostOf:
    """Costs as ``analytics`` measures them; a fill is measured against the order's benchmark price."""

    def cost_of(client_order_id: str) -> OrderCost | None:
        metrics = analytics.order_metrics(client_order_id)
        if metrics is None or metrics.benchmark_price is None:
            return None
        return OrderCost(metrics.benchmark_price, metrics.slippage_bps, metrics.slippage_cost)

    return cost_of
