"""All records from the stored logs, in one go and in any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from legend_desktop.analytics.dossier import Dossier
from legend_desktop.analytics.facts import SymbolFacts
from legend_desktop.analytics.latency import OffsetTracker
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.usual_spreads import UsualSpreads
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, apply, create
from legend_desktop.domain.records import OrderQuote, OrderStamp

Built = tuple[dict[str, Dossier], dict[str, str], dict[str, ExecutionMetrics]]


def rebuild_records(
    logs: Sequence[Sequence[OrderEvent]],
    quotes: Sequence[OrderQuote],
    stamps: Sequence[OrderStamp],
    symbols: Mapping[str, SymbolFacts],
) -> Built:
    """Dossiers by chain head, the head of every order, and the records of what was sent; oldest first.

    A log that does not begin with its intent is left out.
    """
    dossiers: dict[str, Dossier] = {}
    heads: dict[str, str] = {}
    for events in logs:
        if events and events[0].kind is OrderEventKind.CREATED and events[0].intent is not None:
            _fold(events, dossiers, heads)
    for quote in quotes:
        if quote.client_order_id in heads:
            dossiers[heads[quote.client_order_id]].add_quote(quote)
    for stamp in stamps:
        if stamp.client_order_id in heads:
            dossiers[heads[stamp.client_order_id]].add_stamp(stamp)
    return dossiers, heads, _measured(dossiers, symbols)


def _fold(events: Sequence[OrderEvent], dossiers: dict[str, Dossier], heads: dict[str, str]) -> None:
    order = create(events[0])
    identity = order.client_order_id
    head = heads.get(order.intent.replaces_id or "", identity)
    heads[identity] = head
    dossier = dossiers.setdefault(head, Dossier(head))
    dossier.take(order, events[0])
    for event in events[1:]:
        order = apply(order, event)
        dossier.take(order, event)


def _measured(dossiers: Mapping[str, Dossier], symbols: Mapping[str, SymbolFacts]) -> dict[str, ExecutionMetrics]:
    offsets: dict[str, OffsetTracker] = {}
    usual = UsualSpreads()
    records: dict[str, ExecutionMetrics] = {}
    for head, dossier in dossiers.items():
        if not dossier.was_sent:
            continue
        order = dossier.chain[-1]
        tracker = offsets.setdefault(order.intent.broker.value, OffsetTracker())
        trip, dossier.round_trip = dossier.round_trip, None
        if trip is not None:
            tracker.add(trip)
        symbol = symbols.get(order.symbol, SymbolFacts())
        fallback = replace(symbol, half_spread_bps=usual.median(order.symbol, order.sent_at))
        records[head] = measure(dossier.facts(tracker.correction, fallback))
        usual.add(head, records[head])
    return records
