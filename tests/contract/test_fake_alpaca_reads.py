"""What the fake Alpaca tells of account, lists, activities, assets and calendar; what its levers do."""

from decimal import Decimal

from tests.contract.fake_alpaca_wire import wired

FORM, RULE, MISSING = (422, 40010001), (422, 42210000), (404, 40410000)
BRACKET = {"order_class": "bracket", "take_profit": {"limit_price": "180"}, "stop_loss": {"stop_price": "174"}}


async def test_lists_are_cut_at_their_limit_and_their_bounds_are_exclusive() -> None:
    async with wired() as wire:
        rows = [await wire.placed(type="limit", limit_price="100", qty="1") for _ in range(60)]
        assert len(await wire.get("/v2/orders")) == 50
        assert (await wire.get("/v2/orders"))[0]["id"] == rows[-1].id
        everything: list[str] = []
        after: dict[str, str] = {}
        while page := await wire.get("/v2/orders", limit="25", direction="asc", **after):
            everything += [row["id"] for row in page]
            after = {"after": page[-1]["submitted_at"]}
        assert everything == [row.id for row in rows]
        tail = await wire.get("/v2/orders", direction="asc", after_order_id=rows[57].id)
        assert [row["id"] for row in tail] == [rows[58].id, rows[59].id]
        for query in ("limit=501", f"after_order_id={rows[0].id}&after=2026-01-01", "status=live"):
            assert (await wire.call("GET", f"/v2/orders?{query}")).refusal == FORM


async def test_held_exits_are_not_open_and_nested_lists_lose_those_of_a_filled_entry() -> None:
    async with wired() as wire:
        entry = await wire.placed(**BRACKET)
        target, stop = entry.legs

        async def ids(**query: str) -> list[str]:
            return [row["id"] for row in await wire.get("/v2/orders", **query)]

        assert await ids() == [target.id]
        assert await ids(nested="true") == []
        (whole,) = await wire.get("/v2/orders", nested="true", status="all")
        assert [leg["id"] for leg in whole["legs"]] == [target.id, stop.id]
        assert await ids(status="closed") == [entry.id]
        assert set(await ids(symbols="AAPL,KO", side="sell")) == {target.id}
        assert await ids(symbols="KO") == []
        wire.fake.switches.held_is_open = wire.fake.switches.nested_keeps_legs = True
        assert set(await ids()) == set(await ids(nested="true")) == {target.id, stop.id}


async def test_activities_are_a_bare_array_paged_by_the_last_id() -> None:
    async with wired() as wire:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=4)
        order = await wire.placed(qty="10")
        wire.fake.market.set_quote("AAPL", "175.50", "175.52")
        wire.fake.levers.activity("FEE", "-0.02", activity_sub_type="TAF")
        path = "/v2/account/activities"
        fills = await wire.get(f"{path}/FILL", direction="asc")
        assert [(row["type"], row["qty"], row["cum_qty"], row["leaves_qty"]) for row in fills] == [
            ("partial_fill", "4", "4", "6"),
            ("fill", "6", "10", "0"),
        ]
        assert fills[0]["id"].startswith("20261123100000")
        assert "::" in fills[0]["id"]
        assert {row["order_id"] for row in await wire.get(path, order_id=order.id)} == {order.id}
        pages: list[list[str]] = []
        token: dict[str, str] = {}
        while page := await wire.get(path, page_size="2", **token):
            pages.append([row["activity_type"] for row in page])
            token = {"page_token": page[-1]["id"]}
        assert pages == [["FEE", "FILL"], ["FILL"]]
        assert await wire.get(path, after=fills[1]["transaction_time"], activity_types="FILL") == []
        assert (await wire.call("GET", f"{path}?page_size=101")).refusal == FORM
        assert [row["activity_type"] for row in await wire.get(path, category="non_trade_activity")] == ["FEE"]


async def test_assets_tell_what_may_be_done_with_them() -> None:
    async with wired() as wire:
        gme = await wire.get("/v2/assets/GME")
        assert (gme["class"], gme["borrow_status"], gme["easy_to_borrow"]) == ("us_equity", "hard_to_borrow", False)
        assert "price_increment" not in gme
        wire.fake.switches.easy_to_borrow_field = False
        assert "easy_to_borrow" not in await wire.get(f"/v2/assets/{gme['id']}")
        assert (await wire.call("GET", "/v2/assets/NOSUCH")).refusal == MISSING
        rows = await wire.get("/v2/assets", status="inactive")
        assert [row["symbol"] for row in rows] == ["GONE"]


async def test_the_calendar_knows_holidays_and_early_closes() -> None:
    async with wired() as wire:
        rows = await wire.get("/v2/calendar", start="2026-11-25", end="2026-11-30")
        assert [(row["date"], row["close"]) for row in rows] == [
            ("2026-11-25", "16:00"),
            ("2026-11-27", "13:00"),
            ("2026-11-30", "16:00"),
        ]
        assert (rows[0]["open"], rows[0]["session_open"]) == ("09:30", "0400")


async def test_configuration_takes_what_is_sent_and_refuses_what_is_gone() -> None:
    async with wired() as wire:
        answer = await wire.call("PATCH", "/v2/account/configurations", json={"max_margin_multiplier": "1"})
        assert (answer.body["max_margin_multiplier"], answer.body["suspend_trade"]) == ("1", False)
        assert (await wire.get("/v2/account"))["buying_power"] == "100000"
        gone = await wire.call("PATCH", "/v2/account/configurations", json={"pdt_check": "entry"})
        assert gone.refusal == FORM


async def test_the_history_has_parallel_arrays_of_numbers() -> None:
    async with wired() as wire:
        await wire.placed(qty="100")
        body = await wire.get("/v2/account/portfolio/history", period="1M", timeframe="1D")
        assert len({len(body[name]) for name in ("timestamp", "equity", "profit_loss", "profit_loss_pct")}) == 1
        assert (body["equity"][0], body["equity"][-1], body["timeframe"]) == (100000.0, 99998.0, "1D")
        three = "start=2026-11-01T00:00:00Z&end=2026-11-20T00:00:00Z&period=1D"
        assert (await wire.call("GET", f"/v2/account/portfolio/history?{three}")).refusal == RULE


async def test_the_levers_do_what_nobody_asked_for() -> None:
    async with wired() as wire:
        levers, state = wire.fake.levers, wire.fake.state
        foreign = levers.dashboard_order(symbol="KO", side="buy", qty="5")
        entry = await wire.placed(**BRACKET, client_order_id="ld-9")
        assert await wire.status_of(foreign) == "filled"
        assert state.order_by_client_id("ld-9") is entry
        levers.delete_leg(entry.legs[1])
        assert [leg.status for leg in entry.legs] == ["new", "canceled"]
        first = state.executions[0]
        fixed = levers.correct(first, "60.00")
        assert (state.position("KO").average, foreign.average) == (Decimal(60), Decimal(60))
        levers.bust(fixed)
        assert "KO" not in state.positions
        assert [row["event"] for row in state.events[-2:]] == ["trade_correct", "trade_bust"]
        assert state.events[-2]["previous_id"] == first.id
        levers.set_status_word(entry.legs[0], "sleeping")
        assert await wire.status_of(entry.legs[0]) == "sleeping"
        before = (await wire.get("/v2/account"))["id"]
        assert levers.change_account_id() != before
        levers.skew(90)
        answer = await wire.call("GET", "/v2/clock")
        assert (answer.headers["Date"], answer.body["timestamp"]) == (
            "Mon, 23 Nov 2026 15:01:30 GMT",
            "2026-11-23T10:01:30-05:00",
        )


async def test_reads_may_lag_behind_the_stream() -> None:
    async with wired() as wire:
        order = await wire.placed(type="limit", limit_price="170")
        assert await wire.status_of(order) == "new"
        wire.fake.levers.freeze_reads()
        wire.fake.market.set_quote("AAPL", "169.90", "169.95")
        assert (order.status, await wire.status_of(order)) == ("filled", "new")
        wire.fake.switches.reads_lag = False
        assert await wire.status_of(order) == "filled"


async def test_the_same_seed_makes_the_same_ids() -> None:
    seen = []
    for _ in range(2):
        async with wired(seed=5) as wire:
            seen.append((await wire.order()).body)
    assert seen[0] == seen[1]


async def test_decimals_may_end_in_zeros() -> None:
    async with wired() as wire:
        wire.fake.switches.odd_decimals = True
        order = await wire.placed(qty="10")
        seen = {(await wire.get(f"/v2/orders/{order.id}"))["filled_qty"] for _ in range(20)}
        assert seen == {"10", "10.00"}
