from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, Pending
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import InitialRisk, Protection, assess_position, freeze_initial_risk
from legend_desktop.domain.positions import Position
from legend_desktop.domain.risk_metrics import RBasis, calculate_risk_metrics
from tests.unit.domain.builders import intent, stop_order, terms

D = Decimal
LONG = Position("XYZ", D(222), D("36.50"), D("37.85"))
SHORT = Position("TSLA", D(-60), D(150), D(141))
INITIAL = InitialRisk("XYZ", D(222), D("299.70"), D("35.15"))


class TestRiskMetrics:
    def test_worked_numbers_of_an_open_position(self) -> None:
        metrics = calculate_risk_metrics("XYZ", D("36.50"), D("35.15"), D(40_000), position=LONG)
        assert metrics["risk_amount"] == D("299.70")
        assert round(metrics["risk_percent"], 3) == D("0.749")
        assert metrics["r_multiple"] == 1
        assert metrics.r_basis is RBasis.POSITION
        assert metrics.direction is OrderSide.BUY
        assert metrics.quantity == 222
        assert metrics.open_risk == D("599.40")
        assert round(metrics.distance_to_stop_percent or D(0), 2) == D("7.13")
        assert metrics.position_value == 222 * D("37.85")

    def test_the_documents_sample_formats_without_position_or_target(self) -> None:
        metrics = calculate_risk_metrics("AAPL", D("175.50"), D("174.00"), D(100_000), current_price=D("176.25"))
        assert f"Risk: ${metrics['risk_amount']:,.2f} ({metrics['risk_percent']:.2f}%)" == "Risk: $999.00 (1.00%)"
        assert f"R-multiple: {metrics['r_multiple']:.2f}R" == "R-multiple: 0.50R"
        assert metrics.r_basis is RBasis.QUOTE
        assert dict(metrics)["quantity"] == 666

    def test_a_target_plans_the_multiple(self) -> None:
        metrics = calculate_risk_metrics("X", D("175.50"), D("174.00"), D(100_000), target_price=D("180.00"))
        assert metrics.r_multiple == 3
        assert metrics.r_basis is RBasis.PLANNED

    def test_no_price_at_all_is_none(self) -> None:
        metrics = calculate_risk_metrics("X", D(10), D(9), D(1_000))
        assert (metrics.r_multiple, metrics.r_basis, metrics.open_risk) == (None, None, None)

    def test_a_stop_above_the_entry_means_short(self) -> None:
        metrics = calculate_risk_metrics("TSLA", D(150), D(156), D(40_000), position=SHORT, fees_per_share=D("0.01"))
        assert metrics.direction is OrderSide.SELL
        assert metrics.r_multiple == D("1.5")
        assert metrics.breakeven_price == D("149.99")
        assert metrics.open_risk == D(900)
        assert round(metrics.distance_to_stop_percent or D(0), 2) == D("10.64")

    def test_a_position_on_the_other_side_is_not_this_trade(self) -> None:
        metrics = calculate_risk_metrics("TSLA", D(150), D(144), D(60_000), position=SHORT, current_price=D(147))
        assert metrics.quantity == 100
        assert metrics.r_multiple == D("-0.5")

    def test_stop_equals_entry_raises(self) -> None:
        with pytest.raises(SizingError, match="The stop equals the entry"):
            calculate_risk_metrics("X", D(10), D(10), D(1_000))

    @pytest.mark.parametrize("bad", [D(0), D(-1), D("NaN")])
    def test_figures_must_be_above_zero(self, bad: Decimal) -> None:
        with pytest.raises(SizingError, match="account size must be above zero"):
            calculate_risk_metrics("X", D(10), D(9), bad)

    def test_an_unknown_figure_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            calculate_risk_metrics("X", D(10), D(9), D(1_000))["nonsense"]


class TestInitialRisk:
    def test_is_frozen_from_the_real_fill(self) -> None:
        risk = freeze_initial_risk("AAPL", OrderSide.BUY, D(116), D("175.5234"), D("173.75"))
        assert risk is not None
        assert round(risk.money, 2) == D("205.71")

    def test_a_fill_beyond_the_stop_has_none(self) -> None:
        assert freeze_initial_risk("X", OrderSide.SELL, D(10), D(20), D(19)) is None
        assert freeze_initial_risk("X", OrderSide.BUY, D(0), D(20), D(19)) is None

    def test_a_moved_stop_leaves_r_and_changes_open_risk(self) -> None:
        risk = assess_position(LONG, [stop_order(LONG, "37.00")], INITIAL, D(40_000))
        assert risk.initial_risk == D("299.70")
        assert risk.r_now == 1
        assert risk.open_risk == D("188.70")
        assert risk.entry_risk == D("-111.00")

    def test_r_of_what_is_left_after_a_part_was_closed(self) -> None:
        half = replace(LONG, quantity=D(111))
        assert assess_position(half, [], INITIAL).r_now == 1

    def test_adding_joins_the_risk(self) -> None:
        joined = INITIAL.joined(InitialRisk("XYZ", D(78), D("0.30")))
        assert joined.per_share == 1


class TestProtection:
    def test_full(self) -> None:
        risk = assess_position(LONG, [stop_order(LONG, "35.15")], INITIAL, D(40_000))
        assert risk.protection is Protection.FULL
        assert risk.open_risk == D("599.40")
        assert round(risk.open_risk_percent or D(0), 2) == D("1.50")
        assert risk.distance_to_stop == D("2.70")
        assert round(risk.distance_to_stop_percent or D(0), 2) == D("7.13")
        assert risk.sentence == ""

    def test_none_says_what_to_do(self) -> None:
        ko = Position("KO", D(200), D("69.00"), D("69.31"))
        risk = assess_position(ko, [])
        assert risk.protection is Protection.NONE
        assert risk.open_risk is None
        assert risk.sentence == (
            "200 KO shares have no stop, $13,862.00 at risk to zero. "
            "Place a stop with Ctrl+Shift+P; you see it before it goes."
        )

    def test_a_short_without_a_stop_does_not_claim_a_floor(self) -> None:
        assert "at risk to zero" not in assess_position(SHORT, []).sentence

    def test_partial_counts_only_covered_shares(self) -> None:
        risk = assess_position(LONG, [stop_order(LONG, "36.85", 100)], INITIAL)
        assert risk.protection is Protection.PARTIAL
        assert (risk.protected_quantity, risk.unprotected_quantity) == (D(100), D(122))
        assert risk.open_risk == 100

    def test_an_exit_that_waits_for_its_entry_protects_nothing(self) -> None:
        leg = stop_order(LONG, "35.15", state=OrderState.ACCEPTED)
        risk = assess_position(LONG, [leg], INITIAL, waiting={leg.client_order_id})
        assert risk.protection is Protection.NONE
        assert risk.waiting_quantity == 222
        assert "wait until the whole entry is filled" in risk.sentence
        live = assess_position(LONG, [leg], INITIAL)
        assert live.protection is Protection.FULL
        assert live.waiting_quantity == 0

    def test_too_large_a_stop_would_turn_the_position(self) -> None:
        xom = Position("XOM", D(-110), D(118), D(117))
        risk = assess_position(xom, [stop_order(xom, "119", 220)])
        assert risk.protection is Protection.TOO_LARGE
        assert risk.sentence == (
            "The XOM stop is for 220 shares, you hold 110. If it fills you are long 110. Shrink it to 110?"
        )

    @pytest.mark.parametrize(
        "state", [OrderState.SENDING, OrderState.QUESTION, OrderState.UNKNOWN, OrderState.ATTENTION, OrderState.INTENT]
    )
    def test_a_stop_without_an_answer_is_not_sure(self, state: OrderState) -> None:
        risk = assess_position(LONG, [stop_order(LONG, "35.15", state=state)], INITIAL)
        assert risk.protection is Protection.UNCERTAIN
        assert risk.protected_quantity == 0
        assert risk.unsure_quantity == 222
        assert risk.open_risk is None

    def test_a_stop_being_cancelled_is_not_sure(self) -> None:
        order = replace(stop_order(LONG, "35.15"), pending=Pending.CANCEL)
        assert assess_position(LONG, [order]).protection is Protection.UNCERTAIN

    def test_twenty_five_of_sixty_sure(self) -> None:
        amzn = Position("AMZN", D(60), D(200), D(201))
        orders = [
            stop_order(amzn, "195", 25, client_order_id="a"),
            stop_order(amzn, "195", 35, OrderState.UNKNOWN, client_order_id="b"),
        ]
        risk = assess_position(amzn, orders)
        assert (risk.protected_quantity, risk.unsure_quantity) == (D(25), D(35))
        assert risk.protection is Protection.UNCERTAIN

    def test_the_nearest_stop_is_counted_first(self) -> None:
        orders = [
            stop_order(LONG, "35.00", 222, client_order_id="far"),
            stop_order(LONG, "37.00", 22, client_order_id="near"),
        ]
        risk = assess_position(LONG, orders)
        assert risk.stop_order_id == "near"
        assert risk.stop_price == 37
        assert risk.open_risk == 22 * D("0.85") + 200 * D("2.85")
        assert risk.protection is Protection.TOO_LARGE

    def test_a_passed_stop_has_a_negative_distance(self) -> None:
        risk = assess_position(replace(LONG, mark=D("35.00")), [stop_order(LONG, "35.15")])
        assert risk.distance_to_stop_percent is not None
        assert risk.distance_to_stop_percent < 0

    def test_a_short_position_mirrors(self) -> None:
        risk = assess_position(SHORT, [stop_order(SHORT, "156")], InitialRisk("TSLA", D(60), D(360)), D(49_420))
        assert risk.open_risk == 900
        assert risk.r_now == D("1.5")
        assert risk.distance_to_stop == 15

    def test_a_trailing_stop_whose_price_is_not_told_protects_but_claims_no_figure(self) -> None:
        risk = assess_position(LONG, [stop_order(LONG, None)])
        assert risk.protection is Protection.FULL
        assert risk.open_risk is None
        assert risk.stop_price is None

    def test_other_orders_do_not_protect(self) -> None:
        limit = terms(OrderSide.SELL, OrderType.LIMIT, "222", "XYZ", limit_price=D(40))
        others = [
            Order(intent(limit), limit, OrderState.WORKING),
            stop_order(LONG, "35.15", state=OrderState.CANCELED),
            stop_order(SHORT, "156"),
            stop_order(replace(LONG, quantity=D(-222)), "40"),
        ]
        assert assess_position(LONG, others).protection is Protection.NONE

    def test_a_position_without_a_mark_keeps_what_is_known(self) -> None:
        risk = assess_position(replace(LONG, mark=None), [stop_order(LONG, "35.15")], INITIAL)
        assert (risk.open_risk, risk.r_now, risk.distance_to_stop) == (None, None, None)
        assert risk.entry_risk == D("299.70")
        assert risk.unprotected_value == 0
