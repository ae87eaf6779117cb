"""What stands under the fields: the share count, what it means in money, the checks, and why it would not go."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_bps, format_money, format_percent, format_r, format_shares
from legend_desktop.domain.money import HUNDRED
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import ButtonKind
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.spans import Span, SpanLabel
from legend_desktop.views.widgets.value_row import ValueList

_ROWS = (
    ("risk", "Risk at stop"),
    ("slippage", "with slippage"),
    ("reward", "Reward at target"),
    ("value", "Value"),
    ("cost", "Expected cost, est."),
    ("gap", "Stop gaps one ATR"),
    ("limit", "Size set by"),
    ("checks", "Checks"),
)
_FOLDED = ("slippage", "cost", "gap")


class OrderPreviewRows(QWidget):
    """Share count, rows and notice; binds to the view-model by ``refresh``."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._shown_notice: tuple[object, ...] = ()
        self._unfolded = False
        self._count = SpanLabel(theme, role="figure", gap=6)
        self._word = SpanLabel(theme, role="small", right=True)
        self._rows = ValueList(theme)
        for row_id, title in _ROWS:
            self._rows.add_row(row_id, title)
        self._rows.row("checks").setCursor(Qt.CursorShape.PointingHandCursor)
        self._failed = [SpanLabel(theme, role="small") for _ in range(4)]
        self.notice = Notice(theme, NoticeKind.PLAIN, "", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(_side_by_side(self._count, self._word))
        column.addWidget(self._rows)
        for label in self._failed:
            column.addWidget(label)
        column.addWidget(self.notice)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the checks folds every check out and in."""
        row = self._rows.row("checks")
        if row.geometry().translated(self._rows.pos()).contains(event.position().toPoint()):
            self._unfolded = not self._unfolded
            self.refresh()

    def set_height(self, available: int) -> None:
        """Fold the less needed rows where there is little room, so that the send button stays."""
        small = available < self._theme.px(190)
        for row_id in _FOLDED:
            self._rows.row(row_id).setVisible(not small)

    def refresh(self) -> None:
        """Show the preview of the view-model."""
        self._refresh_count()
        self._refresh_rows()
        self._refresh_checks()
        self._refresh_notice()

    # ---- parts ----------------------------------------------------------------------------------------------------

    def _refresh_count(self) -> None:
        model, preview = self._model, self._model.preview
        sizing = preview.sizing if preview else None
        known = sizing is not None and preview is not None and preview.quantity is not None
        if not known or sizing is None:
            self._count.set_parts(
                Span("—", "text.primary", 600, "figure"), Span("shares", "text.secondary", 400, "body")
            )
        else:
            held = self._model.held_shares
            adds = f"shares, adds to {format_shares(held)}" if held else "shares"
            self._count.set_parts(
                Span(format_shares(sizing.position_size), "text.primary", 600, "figure"),
                Span(adds, "text.secondary", 400, "body"),
            )
        words = {
            EntryState.EMPTY: Span("needs a stop" if not model.form.by_quantity else "needs shares", "text.secondary"),
            EntryState.VALID: Span("ready to send", "ok", icon="check"),
            EntryState.REFUSED: Span("not sent", "danger", icon="prohibit"),
        }
        if model.state is EntryState.CAPPED and sizing is not None:
            word = Span(f"cut from {format_shares(sizing.uncapped_size)}", "warning", icon="arrow-down")
        else:
            word = words.get(model.state, Span(""))
        if model.state is EntryState.VALID and preview is not None and preview.needs_confirmation:
            word = Span("asks once more", "warning", icon="warning")
        self._word.set_parts(word)

    def _refresh_rows(self) -> None:
        preview = self._model.preview
        sizing = preview.sizing if preview else None
        rows = self._rows
        if preview is None or sizing is None:
            for row_id, _ in _ROWS:
                rows.row(row_id).set_missing("")
            return
        account = preview.account_size
        rows.row("slippage").set_label(f"with {sizing.slippage_allowance.normalize():f} slippage")
        for row_id, money in (("risk", sizing.risk_amount), ("slippage", sizing.risk_amount_all_in)):
            if money is None:
                rows.row(row_id).set_missing("no stop")
            else:
                share = format_percent(money / account * HUNDRED) if account else ""
                rows.row(row_id).set_value(format_money(money), note=share)
        if sizing.reward_amount is None:
            rows.row("reward").set_missing("no target")
        else:
            planned = format_r(sizing.r_multiple, signed=False, unit=True)
            rows.row("reward").set_value(format_money(sizing.reward_amount), note=planned)
        rows.row("value").set_value(
            format_money(sizing.position_value), note=format_percent(sizing.percent_of_account, 1)
        )
        if preview.expected_cost is None:
            rows.row("cost").set_parts(Span("none, it waits for its price", "text.secondary"))
        else:
            bps = format_bps(preview.expected_cost_bps, 1, signed=False)
            rows.row("cost").set_value(format_money(preview.expected_cost), note=bps)
        if preview.atr_gap_loss is None:
            rows.row("gap").set_missing("no stop")
        else:
            loss = -abs(preview.atr_gap_loss)
            times = -abs(preview.atr_gap_r) if preview.atr_gap_r is not None else None
            rows.row("gap").set_value(format_money(loss), ink="loss", note=format_r(times, unit=True))
        nearest = f"next cap {format_shares(sizing.next_cap_size)}" if sizing.next_cap_size is not None else ""
        ink = "warning" if sizing.is_capped else "text.primary"
        rows.row("limit").set_value(sizing.binding_label, ink=ink, note="" if sizing.is_capped else nearest)

    def _refresh_checks(self) -> None:
        checks = self._model.checks
        failed = [row for row in checks if row.outcome in {Outcome.DENY, Outcome.CONFIRM}]
        row = self._rows.row("checks")
        if not checks:
            row.set_missing("")
        else:
            passed = sum(check.outcome in {Outcome.PASS, Outcome.NOTICE} for check in checks)
            denied = any(check.outcome is Outcome.DENY for check in failed)
            ink = "danger" if denied else "warning" if failed else "text.primary"
            row.set_parts(
                Span(f"{passed} of {len(checks)} pass", ink),
                Span("", "text.tertiary", icon="caret-down" if failed or self._unfolded else "caret-right"),
            )
        self._rows.setToolTip("\n".join(_line(check) for check in checks))
        for label, check in zip(self._failed, [*failed, *([None] * 4)], strict=False):
            label.setVisible(check is not None)
            if check is not None:
                denied = check.outcome is Outcome.DENY
                label.set_parts(Span(check.title, "danger" if denied else "warning", icon="x" if denied else "warning"))

    def _refresh_notice(self) -> None:
        wanted = self._wanted_notice()
        if wanted == self._shown_notice:
            return
        self._shown_notice = wanted
        self.notice.clear_buttons()
        self.notice.setVisible(bool(wanted))
        if not wanted:
            return
        kind, title, text, fixes = wanted
        self.notice.set_notice(kind, title, text)
        for index, label in enumerate(fixes):
            self.notice.add_button(label, _fixer(self._model, index), key=f"Alt {index + 1}", kind=ButtonKind.OUTLINE)

    def _wanted_notice(self) -> tuple[NoticeKind, str, str, tuple[str, ...]] | tuple[()]:
        model, preview = self._model, self._model.preview
        if model.state is EntryState.EMPTY and not model.form.by_quantity:
            risk = model.risk_money
            loses = (
                f"loses {model.form.risk} % of equity, {format_money(risk)}" if risk is not None else "fits your risk"
            )
            words = "Type the price where you would be wrong. Legend works out the shares so that a stop there "
            return (NoticeKind.PLAIN, "", f"{words}{loses}.", ())
        if model.awaiting_confirmation:
            refusal = model.refusal.sentence if model.refusal else ""
            return (NoticeKind.ALARM, "", f"{refusal} {model.message}".strip(), ())
        if model.refusal is not None:
            first, rest = _split(model.refusal.sentence)
            kind = NoticeKind.DANGER if model.refusal.outcome is Outcome.DENY else NoticeKind.ALARM
            return (kind, first, rest, tuple(fix.label for fix in model.fixes))
        if model.state is EntryState.CAPPED and preview is not None and preview.sizing is not None:
            capped = next((row for row in preview.sizing.notices if row.check == "capped"), None)
            if capped is not None:
                return (NoticeKind.ALARM, "", capped.sentence, ())
        notices = [row for row in model.checks if row.outcome is Outcome.NOTICE and row.sentence]
        if notices:
            return (NoticeKind.PLAIN, "", notices[0].sentence, ())
        return ()


def _line(check: Verdict) -> str:
    word = {Outcome.PASS: "pass", Outcome.NOTICE: "note", Outcome.CONFIRM: "asks", Outcome.DENY: "stops"}
    return f"{check.title}: {word[check.outcome]}"


def _split(sentence: str) -> tuple[str, str]:
    """The first sentence as a title, the rest under it."""
    head, dot, rest = sentence.partition(". ")
    return (f"{head}.", rest) if dot and len(head) < 70 else ("", sentence)


def _fixer(model: OrderEntryViewModel, index: int) -> Callable[[], None]:
    return lambda: model.apply_fix(index)


def _side_by_side(left: QWidget, right: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(left, 1)
    row.addWidget(right)
    return box
