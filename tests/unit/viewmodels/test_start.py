"""The start page: its example fits the market and means what it says; the legal notice is asked for until accepted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.sizing import size_position
from legend_desktop.domain.sizing_models import SizingRequest
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest
from legend_desktop.viewmodels.command_ast import EntryCommand, Fixed
from legend_desktop.viewmodels.command_parser import parse_command
from legend_desktop.viewmodels.start import LEGAL_VERSION, StartViewModel
from tests.unit.viewmodels.builders import quote


class SizingPreviews:
    """Sizes with the real rules against a far side of 175.52 and an account of 100,000."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = verdicts
        self.trouble: InvalidInput | None = None
        self.asked = 0

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        entry = Decimal("175.52")
        stop, target = request.decimal("stop_loss_price"), request.decimal("target_price")
        sizing = size_position(
            SizingRequest(
                request.symbol,
                request.side,
                Decimal(100_000),
                entry,
                stop,
                target,
                risk_percent=request.decimal("risk_percent"),
                slippage_allowance=Decimal("0.02"),
            )
        )
        return OrderPreview(
            request.symbol,
            request.side,
            request.order_type,
            sizing.position_size,
            entry,
            stop,
            target,
            sizing,
            self.verdicts,
            "",
            value=sizing.position_value,
        )


class Board:
    def __init__(self, *quotes: Quote) -> None:
        self.rows = {row.symbol: row for row in quotes}

    @property
    def symbols(self) -> list[str]:
        return sorted(self.rows)

    def latest(self, symbol: str) -> Quote | None:
        return self.rows.get(symbol)


def make(
    board: Board, previews: SizingPreviews | None = None, *, accepted: str = ""
) -> tuple[StartViewModel, list[str]]:
    kept: list[str] = []
    model = StartViewModel(
        previews or SizingPreviews(),
        board,
        instrument_of=lambda _symbol: None,
        accepted=accepted,
        save_accepted=kept.append,
    )
    model.set_watched(True)
    return model, kept


def test_the_example_is_made_from_the_quote_and_says_what_it_means() -> None:
    model, _ = make(Board(quote("AAPL", "175.50", "175.52")))
    assert model.first_order.line == "buy AAPL 0.25% stop 173.75 target 179.10"
    assert model.first_order.ready
    assert model.first_order.meaning == (
        "139 shares, $24,397.28. Lose $246.03 at the stop, make $497.62 at the target, 2.02 R."
    )


def test_the_line_stands_still_while_it_still_makes_a_sensible_trade() -> None:
    board = Board(quote("AAPL", "175.50", "175.52"))
    model, _ = make(board)
    line = model.first_order.line
    board.rows["AAPL"] = quote("AAPL", "175.70", "175.72")
    model.tick()
    assert model.first_order.line == line
    board.rows["AAPL"] = quote("AAPL", "177.70", "177.72")  # the stop is now more than 2 % away
    model.tick()
    assert model.first_order.line == "buy AAPL 0.25% stop 175.90 target 181.40"


@given(st.decimals("0.30", "4000", places=2))
def test_the_line_can_be_read_at_any_price_and_its_prices_stand_on_their_sides(ask: Decimal) -> None:
    step = Decimal("0.01")
    model, _ = make(Board(quote("AAPL", str(ask - step), str(ask))), Refusing())
    command = parse_command(model.first_order.line)
    assert isinstance(command, EntryCommand)
    assert isinstance(command.stop, Fixed)
    assert isinstance(command.target, Fixed)
    assert 0 < command.stop.value < ask < command.target.value
    tick = Instrument("AAPL").tick_at(command.stop.value)
    assert command.stop.value % tick == 0
    assert command.target.value - ask >= 2 * (ask - command.stop.value)


class Refusing(SizingPreviews):
    """Every entry is refused: the line is made all the same."""

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        raise InvalidInput("Entries are locked.")


def test_without_a_quote_there_is_nothing_to_press() -> None:
    model, _ = make(Board())
    wanted: list[str] = []
    model.command_wanted.connect(wanted.append)
    model.use_example()
    assert wanted == []
    assert "first quote" in model.first_order.meaning


@pytest.mark.parametrize("broken", [quote("AAPL", None, "175.52"), quote("AAPL", "176", "175")])
def test_a_symbol_without_a_usable_quote_is_passed_over(broken: Quote) -> None:
    model, _ = make(Board(broken, quote("MSFT", "175.50", "175.52")))
    assert model.first_order.line.startswith("buy MSFT ")


def test_what_stops_the_order_now_is_said() -> None:
    locked = Verdict("state", "Entries", Outcome.DENY, "Entries are locked until the comparison has ended.")
    previews = SizingPreviews(locked)
    model, _ = make(Board(quote()), previews)
    assert not model.first_order.ready
    assert model.first_order.meaning == "Not now: Entries are locked until the comparison has ended."
    previews.verdicts = ()
    previews.trouble = InvalidInput("The account is not known yet.")
    model.tick()
    assert model.first_order.meaning == "Not now: The account is not known yet."


def test_a_page_that_nobody_sees_works_nothing_out() -> None:
    previews = SizingPreviews()
    model, _ = make(Board(quote()), previews)
    model.set_watched(False)
    before = previews.asked
    model.tick()
    assert previews.asked == before


def test_changed_follows_changes_alone() -> None:
    board = Board(quote())
    model, _ = make(board)
    seen: list[int] = []
    model.changed.connect(lambda: seen.append(1))
    model.tick()
    assert seen == []
    board.rows.clear()
    model.tick()
    assert seen == [1]


def test_the_legal_notice_is_asked_for_until_its_version_is_accepted() -> None:
    model, kept = make(Board())
    heard: list[bool] = []
    model.legal_accepted.connect(lambda: heard.append(model.legal_open))
    assert model.legal_open
    model.accept_legal()
    model.accept_legal()
    assert kept == [LEGAL_VERSION]
    assert heard == [False]


@pytest.mark.parametrize(("accepted", "still_open"), [(LEGAL_VERSION, False), ("0", True)])
def test_an_older_acceptance_does_not_count_for_a_newer_notice(accepted: str, still_open: bool) -> None:
    model, _ = make(Board(), accepted=accepted)
    assert model.legal_open is still_open


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("Alpaca", "TD Ameritrade", "Charles Schwab"), ("Alpaca", "TD Ameritrade (Schwab)")),
        (("Charles Schwab",), ("Charles Schwab",)),
        ((), ()),
    ],
)
def test_td_ameritrade_and_schwab_are_one(names: tuple[str, ...], shown: tuple[str, ...]) -> None:
    model = StartViewModel(
        SizingPreviews(), Board(), instrument_of=lambda _: None, accepted="", save_accepted=len, missing_brokers=names
    )
    assert model.missing_brokers == shown
