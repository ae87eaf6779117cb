"""Alpaca's own client, alpaca-py, trades against the fake: unchanged but for its address.

The fake runs as a process of its own, as a person starts it. What the client cannot parse, Alpaca would not send.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # alpaca-py 0.44 still loads the legacy client of websockets
    warnings.simplefilter("ignore", DeprecationWarning)
    from alpaca.common.exceptions import APIError
    from alpaca.data.enums import DataFeed
    from alpaca.data.historical.stock import StockHistoricalDataClient
    from alpaca.data.live.stock import StockDataStream
    from alpaca.data.models import Bar, Quote, Trade, TradingStatus
    from alpaca.data.requests import StockBarsRequest, StockLatestQuoteRequest, StockSnapshotRequest, StockTradesRequest
    from alpaca.data.timeframe import TimeFrame
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import OrderClass, OrderSide, OrderStatus, OrderType, QueryOrderStatus, TimeInForce
    from alpaca.trading.models import Order, TradeUpdate
    from alpaca.trading.requests import (
        ClosePositionRequest,
        GetCalendarRequest,
        GetOrdersRequest,
        LimitOrderRequest,
        MarketOrderRequest,
        OrderRequest,
        ReplaceOrderRequest,
        StopLimitOrderRequest,
        StopLossRequest,
        StopOrderRequest,
        TakeProfitRequest,
        TrailingStopOrderRequest,
    )
    from alpaca.trading.stream import TradingStream

ROOT = Path(__file__).resolve().parents[2]
NEEDS_NO_SCREEN = True
SECONDS = 20.0


@dataclass(frozen=True)
class Served:
    """The fake as a process, and who may use it."""

    url: str
    key: str
    secret: str

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def tell(self, path: str, body: Any) -> None:
        """Set faults or prices by the back door."""
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            assert answer.status == 200

    def price(self, bid: str, ask: str, symbol: str = "AAPL") -> None:
        """Move quote and last trade of a symbol."""
        self.tell("/__market", [{"symbol": symbol, "bid": bid, "ask": ask}, {"symbol": symbol, "trade": bid}])

    def state(self) -> Any:
        with urllib.request.urlopen(self.url + "/__state", timeout=SECONDS) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def fake() -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.alpaca", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    _, key, _, secret = process.stdout.readline().split()
    ready, url = process.stdout.readline().split()
    assert ready == "READY"
    yield Served(url, key, secret)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.fixture
def trading(fake: Served) -> Iterator[TradingClient]:
    """A client of a flat account with AAPL at 175.50 x 175.52."""
    fake.tell("/__fault", {"clear": True})
    fake.price("175.50", "175.52")
    client = TradingClient(fake.key, fake.secret, paper=True, url_override=fake.url)
    yield client
    client.close_all_positions(cancel_orders=True)
    eventually(lambda: client.get_all_positions() == [])
    client._session.close()


@pytest.fixture
def data(fake: Served) -> Iterator[StockHistoricalDataClient]:
    client = StockHistoricalDataClient(fake.key, fake.secret, url_override=fake.url)
    yield client
    client._session.close()


def eventually(happened: Callable[[], object]) -> None:
    """Wait for what the fake brings about after its answer."""
    ends = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)


def own(found: object) -> Order:
    """The order that a call answers (the client's types also allow raw JSON)."""
    assert isinstance(found, Order)
    return found


def now_of(client: TradingClient, order: Order) -> Order:
    return own(client.get_order_by_id(order.id))


def limit(price: float, **terms: Any) -> LimitOrderRequest:
    base: dict[str, Any] = {"symbol": "AAPL", "qty": 10, "side": OrderSide.BUY, "time_in_force": TimeInForce.DAY}
    return LimitOrderRequest(limit_price=price, **{**base, **terms})


def buy(client: TradingClient, shares: float) -> Order:
    order = own(
        client.submit_order(
            MarketOrderRequest(symbol="AAPL", qty=shares, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
        )
    )
    eventually(lambda: now_of(client, order).status is OrderStatus.FILLED)
    return now_of(client, order)


def test_account_clock_calendar_and_assets(trading: TradingClient) -> None:
    account: Any = trading.get_account()
    assert account.status == "ACTIVE"
    assert float(account.buying_power) > 0
    assert trading.get_all_positions() == []
    clock: Any = trading.get_clock()
    assert clock.next_close > clock.timestamp
    days: Any = trading.get_calendar(GetCalendarRequest(start=date(2026, 11, 23), end=date(2026, 11, 27)))
    assert [day.date.day for day in days] == [23, 24, 25, 27]
    asset: Any = trading.get_asset("AAPL")
    assert (asset.symbol, asset.tradable) == ("AAPL", True)
    assets: Any = trading.get_all_assets()
    assert {"AAPL", "BRK.B"} <= {each.symbol for each in assets}
    assert trading.get_account_configurations()


def test_a_market_order_fills_and_makes_a_position(trading: TradingClient) -> None:
    order = buy(trading, 10)
    assert (float(order.filled_qty or 0), float(order.filled_avg_price or 0)) == (10.0, 175.52)
    position: Any = trading.get_open_position("AAPL")
    assert (position.qty, position.side.value, float(position.avg_entry_price)) == ("10", "long", 175.52)


SELL = {"symbol": "AAPL", "qty": 5, "side": OrderSide.SELL, "time_in_force": TimeInForce.GTC}


@pytest.mark.parametrize(
    ("request_data", "kind", "expected"),
    [
        (limit(150), OrderType.LIMIT, {"limit_price": 150}),
        (StopOrderRequest(stop_price=170, **SELL), OrderType.STOP, {"stop_price": 170}),
        (
            StopLimitOrderRequest(stop_price=170, limit_price=169, **SELL),
            OrderType.STOP_LIMIT,
            {"stop_price": 170, "limit_price": 169},
        ),
        (
            TrailingStopOrderRequest(trail_price=2.5, **SELL),
            OrderType.TRAILING_STOP,
            {"trail_price": 2.5, "hwm": 175.5, "stop_price": 173},
        ),
        (
            TrailingStopOrderRequest(trail_percent=2, **SELL),
            OrderType.TRAILING_STOP,
            {"trail_percent": 2, "hwm": 175.5},
        ),
    ],
)
def test_each_type_rests_until_it_is_cancelled(
    trading: TradingClient, request_data: OrderRequest, kind: OrderType, expected: dict[str, float]
) -> None:
    buy(trading, 5)
    order = own(trading.submit_order(request_data))
    assert order.type is kind
    eventually(lambda: now_of(trading, order).status is OrderStatus.NEW)
    working = now_of(trading, order)
    assert {name: float(getattr(working, name)) for name in expected} == expected
    assert own(trading.get_order_by_client_id(order.client_order_id)).id == order.id
    trading.cancel_order_by_id(order.id)
    eventually(lambda: now_of(trading, order).status is OrderStatus.CANCELED)


def test_a_trailing_stop_follows_the_price_and_sells(fake: Served, trading: TradingClient) -> None:
    buy(trading, 5)
    order = own(trading.submit_order(TrailingStopOrderRequest(trail_price=2, **SELL)))
    eventually(lambda: now_of(trading, order).status is OrderStatus.NEW)
    fake.price("178.00", "178.02")
    assert float(now_of(trading, order).stop_price or 0) == 176.0
    fake.price("175.90", "175.92")
    eventually(lambda: now_of(trading, order).status is OrderStatus.FILLED)
    assert trading.get_all_positions() == []


EXITS = {"take_profit": TakeProfitRequest(limit_price=190), "stop_loss": StopLossRequest(stop_price=170)}


def test_a_bracket_enters_and_its_stop_takes_the_shares_out(fake: Served, trading: TradingClient) -> None:
    entry = own(trading.submit_order(limit(175.52, order_class=OrderClass.BRACKET, **EXITS)))
    assert entry.legs is not None
    assert {leg.status for leg in entry.legs} == {OrderStatus.HELD}
    target, stop = sorted(entry.legs, key=lambda leg: leg.type is OrderType.STOP)
    eventually(lambda: now_of(trading, entry).status is OrderStatus.FILLED)
    eventually(lambda: now_of(trading, target).status is OrderStatus.NEW)
    fake.price("169.90", "169.92")
    eventually(lambda: now_of(trading, stop).status is OrderStatus.FILLED)
    eventually(lambda: now_of(trading, target).status is OrderStatus.CANCELED)
    assert trading.get_all_positions() == []


def test_an_oco_pair_protects_shares_that_are_held(trading: TradingClient) -> None:
    buy(trading, 10)
    terms = {"side": OrderSide.SELL, "order_class": OrderClass.OCO, "time_in_force": TimeInForce.GTC, **EXITS}
    target = own(trading.submit_order(limit(190, **terms)))
    assert target.legs is not None
    assert [leg.type for leg in target.legs] == [OrderType.STOP]
    with pytest.raises(APIError) as caught:
        trading.submit_order(MarketOrderRequest(**SELL))
    assert (caught.value.status_code, caught.value.code) == (403, 40310000)
    trading.cancel_order_by_id(target.id)
    eventually(lambda: now_of(trading, target.legs[0] if target.legs else target).status is OrderStatus.CANCELED)


def test_an_oto_order_brings_one_exit(trading: TradingClient) -> None:
    terms = {"order_class": OrderClass.OTO, "stop_loss": StopLossRequest(stop_price=170, limit_price=169)}
    entry = own(trading.submit_order(limit(175.52, **terms)))
    assert entry.legs is not None
    (leg,) = entry.legs
    assert leg.type is OrderType.STOP_LIMIT
    eventually(lambda: now_of(trading, leg).status is OrderStatus.NEW)


def test_a_replacement_is_a_new_order(trading: TradingClient) -> None:
    order = own(trading.submit_order(limit(150)))
    eventually(lambda: now_of(trading, order).status is OrderStatus.NEW)
    fresh = own(trading.replace_order_by_id(order.id, ReplaceOrderRequest(limit_price=151, qty=12)))
    assert (fresh.id != order.id, fresh.replaces) == (True, order.id)
    assert (fresh.qty, float(fresh.limit_price or 0)) == ("12", 151.0)
    eventually(lambda: now_of(trading, order).status is OrderStatus.REPLACED)
    assert now_of(trading, order).replaced_by == fresh.id


def test_lists_and_cancel_all(trading: TradingClient) -> None:
    orders = [own(trading.submit_order(limit(150 + step))) for step in range(3)]
    eventually(lambda: all(now_of(trading, each).status is OrderStatus.NEW for each in orders))
    found: Any = trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, symbols=["AAPL"]))
    assert {each.id for each in found} == {each.id for each in orders}
    answers: Any = trading.cancel_orders()
    assert {(each.id, each.status) for each in answers} == {(each.id, 200) for each in orders}
    eventually(lambda: trading.get_orders() == [])


def test_refusals_keep_status_and_code(trading: TradingClient) -> None:
    first = own(trading.submit_order(limit(150, client_order_id="own-id-1")))
    for request_data, status, code in (
        (limit(150, client_order_id=first.client_order_id), 422, 40010001),
        (limit(150, qty=1_000_000), 403, 40310000),
        (limit(4, symbol="HALTD"), 422, 42210000),
    ):
        with pytest.raises(APIError) as caught:
            trading.submit_order(request_data)
        assert (caught.value.status_code, caught.value.code) == (status, code)
    with pytest.raises(APIError) as caught:
        trading.get_open_position("MSFT")
    assert (caught.value.status_code, caught.value.code) == (404, 40410000)


def test_wrong_keys_are_refused(fake: Served) -> None:
    client = TradingClient("PKWRONG", "wrong", paper=True, url_override=fake.url)
    with pytest.raises(APIError) as caught:
        client.get_account()
    assert caught.value.status_code == 401
    client._session.close()


def test_a_position_is_closed_in_part_and_then_all_of_them(fake: Served, trading: TradingClient) -> None:
    buy(trading, 10)
    own(trading.close_position("AAPL", ClosePositionRequest(qty="4")))
    eventually(lambda: getattr(trading.get_open_position("AAPL"), "qty", "") == "6")
    own(trading.close_position("AAPL", ClosePositionRequest(percentage="50")))
    eventually(lambda: getattr(trading.get_open_position("AAPL"), "qty", "") == "3")
    stop = own(trading.submit_order(StopOrderRequest(stop_price=170, **{**SELL, "qty": 3})))
    answers: Any = trading.close_all_positions(cancel_orders=True)
    assert [(each.symbol, each.status) for each in answers] == [("AAPL", 200)]
    eventually(lambda: trading.get_all_positions() == [])
    assert now_of(trading, stop).status is OrderStatus.CANCELED
    assert fake.state()["positions"] == []


def test_latest_values_snapshots_and_bars(data: StockHistoricalDataClient, trading: TradingClient) -> None:
    quotes: Any = data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=["AAPL", "ZZZZ"]))
    assert list(quotes) == ["AAPL"]
    assert (quotes["AAPL"].bid_price, quotes["AAPL"].ask_price) == (175.5, 175.52)
    snapshots: Any = data.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols=["AAPL", "MSFT"]))
    assert snapshots["AAPL"].latest_quote.bid_price == 175.5
    assert snapshots["MSFT"].previous_daily_bar.close > 0
    day = datetime(2026, 11, 18, tzinfo=UTC)
    bars: Any = data.get_stock_bars(
        StockBarsRequest(
            symbol_or_symbols=["AAPL", "MSFT"], timeframe=TimeFrame.Minute, start=day, end=day + timedelta(1)
        )
    )
    assert [len(bars[symbol]) for symbol in ("AAPL", "MSFT")] == [390, 390]
    few: Any = data.get_stock_trades(StockTradesRequest(symbol_or_symbols="AAPL", start=day, limit=25))
    assert len(few["AAPL"]) == 25


def test_the_whole_tape_is_refused_on_the_free_plan(data: StockHistoricalDataClient) -> None:
    with pytest.raises(APIError) as caught:
        data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols="AAPL", feed=DataFeed.SIP))
    assert caught.value.status_code == 403


class Running:
    """A stream of the client in a thread of its own, as its documentation runs it."""

    def __init__(self, stream: Any, nudge: Callable[[], object]) -> None:
        self._stream = stream
        self._nudge = nudge
        self._thread = threading.Thread(target=stream.run, name="alpaca-py stream")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stream.stop()
        self._nudge()  # it looks whether to stop after each message, or every 5 s
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


# alpaca-py's streams use the legacy client of websockets, deprecated since websockets 14
LEGACY = pytest.mark.filterwarnings("ignore:.*websockets.*:DeprecationWarning")


@LEGACY
def test_trade_updates_arrive_by_stream(fake: Served, trading: TradingClient) -> None:
    heard: queue.Queue[TradeUpdate] = queue.Queue()
    stream = TradingStream(fake.key, fake.secret, paper=True, url_override=f"{fake.ws_url}/stream")

    async def take(update: TradeUpdate) -> None:
        heard.put(update)

    def hear(event: str, order: Order) -> TradeUpdate:
        while True:
            update = heard.get(timeout=SECONDS)
            if (update.event, update.order.id) == (event, order.id):
                return update

    stream.subscribe_trade_updates(take)
    with Running(stream, nudge=lambda: trading.submit_order(limit(150))):
        eventually(lambda: fake.state()["faults"]["connections"]["trading"] == 1)
        eventually(lambda: stream._running)
        order = own(trading.submit_order(limit(175.52)))
        hear("new", order)
        fill = hear("fill", order)
        assert (fill.qty, fill.price, fill.position_qty) == (10.0, 175.52, 10.0)
        assert fill.execution_id is not None
        resting = own(trading.submit_order(limit(150)))
        hear("new", resting)
        fresh = own(trading.replace_order_by_id(resting.id, ReplaceOrderRequest(limit_price=151)))
        assert hear("replaced", resting).order.replaced_by == fresh.id
        trading.cancel_order_by_id(fresh.id)
        assert hear("canceled", fresh).order.status is OrderStatus.CANCELED


@LEGACY
def test_quotes_trades_and_bars_arrive_by_stream(fake: Served) -> None:
    heard: queue.Queue[Any] = queue.Queue()
    stream = StockDataStream(fake.key, fake.secret, feed=DataFeed.IEX, url_override=f"{fake.ws_url}/v2/iex")

    async def take(item: Any) -> None:
        heard.put(item)

    def hear(change: dict[str, Any], wanted: Callable[[Any], bool]) -> Any:
        """Change the market until the stream, which subscribes meanwhile, brings it."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            fake.tell("/__market", change)
            with suppress(queue.Empty):
                while not wanted(item := heard.get(timeout=0.2)):
                    pass
                return item
        raise AssertionError(f"the stream did not bring {change}")

    stream.subscribe_quotes(take, "AAPL", "MSFT")
    stream.subscribe_trades(take, "AAPL")
    stream.subscribe_bars(take, "AAPL")
    stream.subscribe_trading_statuses(take, "AAPL")
    with Running(stream, nudge=lambda: fake.price("175.50", "175.52")):
        eventually(lambda: stream._running)
        moved = {"symbol": "MSFT", "bid": 412.5, "ask": 412.6, "bid_size": 200}
        quote = hear(moved, lambda item: isinstance(item, Quote))
        assert (quote.symbol, quote.bid_price, quote.bid_size) == ("MSFT", 412.5, 200)
        assert abs(quote.timestamp - datetime.now(UTC)) < timedelta(minutes=1)
        trade = hear({"symbol": "AAPL", "trade": 175.51, "size": 40}, lambda item: isinstance(item, Trade))
        assert (trade.symbol, trade.price, trade.size) == ("AAPL", 175.51, 40)
        halt = hear({"symbol": "AAPL", "notice": "statuses"}, lambda item: isinstance(item, TradingStatus))
        assert halt.status_code == "H"
        fields = {"o": 1.0, "h": 2.0, "l": 0.5, "c": 1.5, "v": 100, "n": 3, "vw": 1.2}
        change = {"symbol": "AAPL", "notice": "bars", "fields": fields}
        assert hear(change, lambda item: isinstance(item, Bar)).high == 2.0
