"""The chosen connection: what needs the person, the life of its keys, account facts, and the buttons."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout

from legend_desktop.viewmodels.connection_choice import ConnectionDetail
from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.viewmodels.connections import ConnectionsViewModel
from legend_desktop.views.panels.connections_parts import FactList, LifeBar, Section, ToldList, show_checks
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.flow_row import FlowRow
from legend_desktop.views.widgets.notice import Notice, NoticeKind

_KINDS = {
    Tone.BAD: (NoticeKind.DANGER, "x-circle"),
    Tone.SOON: (NoticeKind.ALARM, "clock"),
    Tone.UNSURE: (NoticeKind.UNKNOWN, "question"),
    Tone.QUIET: (NoticeKind.PLAIN, "info"),
}


class LoginSection(Section):
    """What stands in the way, the life of the keys to scale, and the findings of the last test."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Login")
        self.trouble = Notice(theme)
        self.life = LifeBar(theme)
        self.checks = ToldList(theme, "Findings")
        self._inner = QVBoxLayout()
        self._inner.addWidget(self.trouble)
        self._inner.addWidget(self.life)
        self.body.addLayout(self._inner)
        self.body.addWidget(self.checks)
        theme.changed.connect(self._inset)
        self._inset()

    def show_detail(self, detail: ConnectionDetail) -> None:
        """Show one connection; without anything to say the section goes."""
        note = "testing" if detail.going_on.checking else ("times in New York" if detail.life else "")
        self.set_title(f"{detail.line.title}: login", note)
        trouble = detail.trouble
        self.trouble.setVisible(trouble is not None)
        if trouble is not None:
            kind, icon = _KINDS.get(trouble.tone, (NoticeKind.PLAIN, "info"))
            self.trouble.set_notice(kind, trouble.title, trouble.text, icon=icon)
        self.life.set_life(detail.life)
        show_checks(self.checks, detail.going_on.checks)
        self.checks.setVisible(bool(detail.going_on.checks))
        self.setVisible(
            trouble is not None or detail.life is not None or bool(detail.going_on.checks) or detail.going_on.checking
        )

    def _inset(self) -> None:
        px = self._theme.px
        self._inner.setContentsMargins(px(10), px(10), px(10), px(10))
        self._inner.setSpacing(px(10))


class AccountSection(Section):
    """The account facts and what can be done with the connection; questions are asked in place."""

    def __init__(self, theme: Theme, view_model: ConnectionsViewModel) -> None:
        super().__init__(theme, "Account")
        self._model = view_model
        self._asked = ""
        self.facts = FactList(theme)
        self.said = Notice(theme, NoticeKind.DANGER)
        self.question = Notice(theme, NoticeKind.ALARM)
        self.buttons = self._make_buttons()
        first = [self.buttons[name] for name in ("trade", "connect", "reconcile", "test", "renew", "default", "live")]
        self.row = FlowRow(theme, first, last=[self.buttons["disconnect"], self.buttons["remove"]])
        self._inner = QVBoxLayout()
        for widget in (self.facts, self.said, self.question, self.row):
            self._inner.addWidget(widget)
        self.body.addLayout(self._inner)
        theme.changed.connect(self._inset)
        self._inset()

    def show_detail(self, detail: ConnectionDetail) -> None:
        """Show one connection."""
        note = (
            detail.going_on.busy.lower()
            if detail.going_on.busy
            else ("trades in this window" if detail.line.current else "")
        )
        self.set_title(f"{detail.line.title}: account", note)
        self.facts.set_facts(detail.facts)
        self.said.setVisible(bool(detail.going_on.said))
        if detail.going_on.said:
            self.said.set_notice(NoticeKind.DANGER, detail.going_on.said, "", icon="x-circle")
        self._show_question(detail)
        self._show_buttons(detail)

    def _show_question(self, detail: ConnectionDetail) -> None:
        question = detail.going_on.question
        self.question.setVisible(question is not None)
        if question is None:
            self._asked = ""
            return
        if question.title == self._asked:
            return
        self._asked = question.title
        self.question.set_notice(NoticeKind.ALARM, question.title, question.text, icon="warning")
        self.question.clear_buttons()
        self.question.add_button(question.verb, lambda: self._model.answer(True), kind=ButtonKind.DANGER)
        keep = self.question.add_button("Keep it as it is", lambda: self._model.answer(False))
        keep.setFocus()

    def _show_buttons(self, detail: ConnectionDetail) -> None:
        live = detail.line.foreign and not self._model.live
        paper = detail.line.foreign and self._model.live
        shown = {
            "trade": detail.can_trade,
            "connect": detail.can_connect,
            "reconcile": detail.can_reconnect,
            "test": detail.can_test,
            "renew": detail.can_renew,
            "default": detail.can_default,
            "live": live or paper,
            "disconnect": detail.can_disconnect,
            "remove": detail.can_remove,
        }
        free = detail.going_on.question is None
        wants_keys = detail.line.state.tone is Tone.BAD and detail.can_renew
        self.buttons["renew"].set_kind(ButtonKind.INK if wants_keys else ButtonKind.OUTLINE)
        self.buttons["trade"].set_kind(ButtonKind.OUTLINE if wants_keys else ButtonKind.INK)
        self.buttons["live"].setText("Back to paper…" if paper else "Go live…")
        for name, on in shown.items():
            self.buttons[name].setVisible(on)
            self.buttons[name].setEnabled(
                free and not detail.going_on.busy and not (name == "test" and detail.going_on.checking)
            )

    def _make_buttons(self) -> dict[str, Button]:
        model = self._model
        wanted: tuple[tuple[str, str, str, Callable[[], None], ButtonKind], ...] = (
            ("trade", "Trade this account", "Trade this account in the window", model.trade_chosen, ButtonKind.INK),
            ("connect", "Connect", "Open this connection", model.connect_chosen, ButtonKind.OUTLINE),
            ("reconcile", "Reconcile now", "Compare with the broker now", model.reconnect_chosen, ButtonKind.OUTLINE),
            ("test", "Test the connection", "Look at login, line and clock", model.test_chosen, ButtonKind.OUTLINE),
            ("renew", "Renew keys…", "Put new keys in the place of the old", model.renew_chosen, ButtonKind.OUTLINE),
            ("default", "Make default", "Begin the next start with it", model.make_default, ButtonKind.OUTLINE),
            ("live", "Go live…", "Change between paper and real money", self._change_mode, ButtonKind.OUTLINE),
            ("disconnect", "Disconnect…", "End this session", model.ask_disconnect, ButtonKind.DANGER_OUTLINE),
            ("remove", "Remove…", "Forget this connection and its keys", model.ask_remove, ButtonKind.DANGER_OUTLINE),
        )
        return {name: self._button(words, tip, act, kind) for name, words, tip, act, kind in wanted}

    def _button(self, words: str, tip: str, act: Callable[[], None], kind: ButtonKind) -> Button:
        button = Button(self._theme, words, kind=kind, tip=tip)
        button.clicked.connect(lambda _=False: act())
        return button

    def _change_mode(self) -> None:
        if self._model.live:
            self._model.ask_paper()
        else:
            self._model.go_live()

    def _inset(self) -> None:
        px = self._theme.px
        self._inner.setContentsMargins(px(10), px(10), px(10), px(10))
        self._inner.setSpacing(px(10))
