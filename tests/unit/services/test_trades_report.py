from datetime import UTC, datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.services.trades_report import trades_section

NOON = datetime(2026, 11, 23, 15, 42, tzinfo=UTC)


def trip(profit: str, risk: str | None = "100", *, symbol: str = "AAPL", closed: bool = True) -> RoundTripRecord:
    return RoundTripRecord(
        symbol,
        OrderSide.SELL,
        NOON,
        Decimal(100),
        Decimal("175.5"),
        (),
        NOON + timedelta(minutes=9) if closed else None,
        Decimal("174.25"),
        Decimal(profit),
        Decimal("0.35"),
        None if risk is None else Decimal(risk),
        worst=Decimal("-12.5"),
    )


def test_a_row_tells_side_prices_money_and_r() -> None:
    page = trades_section([trip("124.65")]).replace("\u202f", " ")
    assert (
        "<td>23 Nov 10:42<td>23 Nov 10:51<td>AAPL<td>short<td class=r>100<td class=r>175.5000<td class=r>174.2500"
        '<td class=r>$0.35<td class=r>−$12.50<td class=r><td class="r saved">+$124.65<td class="r saved">+1.25</tr>'
    ) in page


def test_the_figures_stand_above_and_the_sum_below() -> None:
    page = trades_section([trip("200"), trip("-100"), trip("50", None), trip("999", closed=False)])
    page = page.replace("\u202f", " ")
    assert "Expectancy +0.50 R, win rate 50 %, payoff 2.00, profit factor 2.00, n 2, few trades." in page
    assert "1 trade has no R: an entry had no planned stop." in page
    assert '<td colspan=10>Total<td class="r saved">+$150.00<td></tr>' in page
    assert page.count("<tr>") == 5


def test_many_trades_have_a_quality_number_and_only_wins_no_payoff() -> None:
    assert "system quality" in trades_section([trip("200"), trip("-100")] * 15)
    assert "payoff not known, profit factor not known" in trades_section([trip("200")])


def test_no_trade_is_said() -> None:
    assert "No position has been opened and closed yet." in trades_section([trip("1", closed=False)])


def test_a_symbol_cannot_break_the_page() -> None:
    assert "<b>" not in trades_section([trip("1", symbol="<b>")])
