"""The command line: the typed text, its live preview, completion, history, and what Enter does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from legend_desktop.viewmodels.command_ast import Command
from legend_desktop.viewmodels.command_complete import complete
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_parser import parse_command, pick_reading
from legend_desktop.viewmodels.command_runner import REHEARSED, CommandRunner
from legend_desktop.viewmodels.command_words import Ambiguous, CommandError, Reading
from legend_desktop.viewmodels.hold import Hold
from legend_desktop.viewmodels.plans import Plan
from legend_desktop.viewmodels.previews import ActionPreview

HISTORY = 200


class LineState(StrEnum):
    """What stands under the line."""

    EMPTY = "empty"
    UNFINISHED = "unfinished"
    ERROR = "error"
    MEANINGS = "meanings"
    READY = "ready"
    ASKS = "asks"
    REFUSED = "refused"
    RESULT = "result"


NO_CONTENT = ActionPreview("")


@dataclass(frozen=True, slots=True)
class CommandPreview:
    """Everything the preview shows.

    ``span`` is the part of the text to underline. ``foot`` says what Enter does; ``mode_word`` stands before it where
    the command sends. ``suggestion`` is a whole text that Tab puts in. ``readings`` are picked by a digit.
    """

    state: LineState = LineState.EMPTY
    content: ActionPreview = NO_CONTENT
    message: str = ""
    span: tuple[int, int] | None = None
    readings: tuple[Reading, ...] = ()
    suggestion: str = ""
    mode_word: str = ""
    foot: str = ""
    key_cap: str = ""
    hold_ms: int = 0


class CommandLine(QObject):
    """The state behind the command field. The view sends keys in and paints ``preview``."""

    preview_changed = Signal(object)
    text_replaced = Signal(str)
    """The view-model put another text into the field (history, completion, prefill)."""
    hold_progress = Signal(float)
    opened = Signal()
    """Somebody wants the field to have the focus."""

    def __init__(
        self,
        runner: CommandRunner,
        load_history: Callable[[], list[str]] = list,
        save_history: Callable[[list[str]], object] = len,
        parent: QObject | None = None,
    ) -> None:
        """``save_history`` takes the list to keep; the default keeps nothing."""
        super().__init__(parent)
        self._runner = runner
        self._facts = runner.facts
        self._save_history = save_history
        self._history = [row for row in load_history() if row][-HISTORY:]
        self._place = len(self._history)
        self._typed = ""
        self._text = ""
        self._plan: Plan | None = None
        self._picked: tuple[str, Command] | None = None
        self._stays = False
        self._sent = ("", "")
        self._hold = Hold()
        self._tab: tuple[str, int, tuple[str, ...]] | None = None
        self.preview = CommandPreview()
        runner.finished.connect(self._finished)
        runner.failed.connect(self._failed)
        runner.asked.connect(self._asked)

    # --- text ----------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self._text

    @property
    def history(self) -> tuple[str, ...]:
        """Commands that were carried out, oldest first."""
        return tuple(self._history)

    def set_text(self, text: str) -> None:
        """The person typed."""
        if text == self._text:
            return
        self._text = text
        self._tab = None
        self._hold.cancel()
        self._place = len(self._history)
        self.refresh()

    def open_with(self, text: str = "") -> None:
        """Show the line with ``text`` in it, ready to be read, changed and sent."""
        if text:
            self._put(text)
        self.opened.emit()

    def _put(self, text: str) -> None:
        self._text = text
        self._hold.cancel()
        self.text_replaced.emit(text)
        self.refresh()

    def clear(self) -> None:
        """Empty the line."""
        self._plan = None
        self._tab = None
        self._put("")

    # --- preview -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Work the preview out anew: after typing, and when quotes, positions or orders changed."""
        self._plan = None
        self._stays = False
        if not self._text.strip():
            self._show(CommandPreview())
            return
        try:
            command = self._command()
        except Ambiguous as error:
            foot = "A digit picks" if self._digit_picks() else "A blank and a digit pick"
            rows = CommandPreview(LineState.MEANINGS, message=error.message, readings=error.readings)
            self._show(replace(rows, foot=foot, key_cap=f"1 to {len(error.readings)}"))
            return
        except CommandError as error:
            state = LineState.UNFINISHED if error.incomplete else LineState.ERROR
            tab = "Tab puts it in" if error.suggestion else ""
            self._show(
                CommandPreview(
                    state,
                    message=error.sentence,
                    span=None if error.incomplete else error.span,
                    suggestion=error.suggestion,
                    foot=tab,
                    key_cap="Tab" if tab else "",
                )
            )
            return
        self._plan = self._runner.plan(command)
        self._show(self._preview_of(self._plan))

    def _command(self) -> Command:
        """What the text says; a meaning that was picked for this very text stays picked."""
        if self._picked is not None and self._picked[0] == self._text:
            return self._picked[1]
        self._picked = None
        return parse_command(self._text, self._facts.symbols_in_play())

    def _digit_picks(self) -> bool:
        """A digit behind a figure belongs to the figure."""
        return self._text[-1:] not in "0123456789.,+-$"

    def refresh_live(self) -> None:
        """As ``refresh``, for changes of the market: a result, a question or a hold on screen stays."""
        live = self.preview.state in {LineState.READY, LineState.REFUSED}
        if live and self._plan is not None and not self._hold.name and not self._stays:
            self.refresh()

    def _preview_of(self, plan: Plan) -> CommandPreview:
        content = plan.preview
        if not plan.allowed:
            denied = content.denials[:1]
            fixes = [fix.value for verdict in denied for fix in verdict.fixes if fix.field == "command"]
            return _refusal(content, " ".join(verdict.sentence for verdict in denied), fixes[0] if fixes else "")
        if not plan.sends:
            return CommandPreview(LineState.READY, content, foot="Enter does this, nothing is sent", key_cap="Enter")
        if self._runner.rehearsing:
            return CommandPreview(
                LineState.READY, content, mode_word="REHEARSAL", foot="Enter sends nothing", key_cap="Enter"
            )
        confirm = content.confirmations
        message = confirm[0].sentence if confirm else ""
        hold = plan.hold_ms
        press = f"Hold Enter {hold / 1000:g} s to send this to" if hold else "Enter sends this to"
        return CommandPreview(
            LineState.READY,
            content,
            message,
            mode_word=self._facts.mode_word,
            foot=f"{press} {self._facts.place}",
            key_cap="Enter",
            hold_ms=hold,
        )

    def _show(self, preview: CommandPreview) -> None:
        if preview != self.preview:
            self.preview = preview
            self.preview_changed.emit(preview)

    @property
    def holding(self) -> bool:
        """True while Enter is held for a command that wants it."""
        return bool(self._hold.name)

    # --- keys ----------------------------------------------------------------------------------------------------

    def enter_pressed(self, pressed_ns: int | None = None, *, auto_repeat: bool = False) -> None:
        """Enter went down: sends what the preview shows, or begins to hold."""
        if auto_repeat:
            return
        if pressed_ns is None:
            pressed_ns = self._facts.clock.monotonic_ns()
        plan = self._plan
        if plan is None:
            return
        if plan.hold_ms and plan.allowed:
            self._hold.start(plan.key, plan.hold_ms, self._facts.clock.monotonic_ns())
            self.hold_progress.emit(0.0)
            return
        self._send(plan, pressed_ns)

    def enter_released(self) -> None:
        """Enter came up: a hold that is not full does nothing."""
        if self._hold.name:
            self._hold.cancel()
            self.hold_progress.emit(0.0)

    def tick(self) -> None:
        """Move a hold on; called about every 30 ms while Enter is down."""
        if not self._hold.name:
            return
        plan = self._plan
        done = self._hold.tick(self._facts.clock.monotonic_ns())
        self.hold_progress.emit(0.0 if done else self._hold.progress())
        if done and plan is not None and plan.key == done:
            self._send(plan, None)

    def _send(self, plan: Plan, pressed_ns: int | None) -> None:
        text = self._text
        self._sent = (plan.key, text)
        if self._runner.run(plan, pressed_ns=pressed_ns):
            self._remember(text)
            self.clear()
            if plan.sends:
                self._show(CommandPreview(LineState.RESULT, plan.preview, "Sending"))

    def pick(self, number: int) -> bool:
        """Choose meaning ``number`` of an ambiguous text; returns whether there was one. Nothing is sent yet."""
        several = self.preview.state is LineState.MEANINGS and 1 <= number <= len(self.preview.readings)
        if not several or not self._digit_picks():
            return False
        command = pick_reading(self._text, number, self._facts.symbols_in_play())
        text = format_command(command)
        self._picked = (text, command)
        self._put(text)
        return True

    def tab(self) -> None:
        """Complete the word under way, or put the suggestion in; again for the next one."""
        if self.preview.suggestion:
            self._put(self.preview.suggestion)
            return
        if self._tab is None:
            choices = complete(self._text, sorted(self._facts.symbols_in_play()))
            if not choices:
                return
            self._tab = (self._text, 0, choices)
        else:
            base, index, choices = self._tab
            self._tab = (base, (index + 1) % len(choices), choices)
        kept = self._tab
        self._put(kept[2][kept[1]])
        self._tab = kept

    def recall(self, step: int) -> None:
        """Walk the history: -1 is Up, +1 is Down; what was being typed comes back at the end."""
        if self._place == len(self._history):
            self._typed = self._text
        place = min(max(self._place + step, 0), len(self._history))
        if place == self._place:
            return
        self._place = place
        self._tab = None
        self._put(self._typed if place == len(self._history) else self._history[place])

    def escape(self) -> bool:
        """Esc: stops a hold, else empties the line; false where nothing was typed and the field may close."""
        if self._hold.name:
            self.enter_released()
            return True
        if not self._text and self.preview.state is LineState.RESULT:
            self._show(CommandPreview())
            return False
        if self._text or self.preview.state is not LineState.EMPTY:
            self.clear()
            self._show(CommandPreview())
            return True
        return False

    # --- results -------------------------------------------------------------------------------------------------

    def _remember(self, text: str) -> None:
        row = text.strip()
        if self._history[-1:] != [row]:
            self._history = [*self._history, row][-HISTORY:]
            self._save_history(list(self._history))
        self._place = len(self._history)

    def _finished(self, key: str, sentence: str) -> None:
        if key == self._sent[0] and not self._text:
            self._show(CommandPreview(LineState.RESULT, ActionPreview("Done"), sentence))

    def _failed(self, key: str, sentence: str) -> None:
        if key != self._sent[0]:
            return
        if not self._text and sentence != REHEARSED:
            self._put(self._sent[1])  # the text comes back, so that it can be mended
        self._show(_refusal(self.preview.content, sentence, self.preview.suggestion))
        self._stays = True

    def _asked(self, key: str, sentence: str) -> None:
        if key != self._sent[0]:
            return
        if not self._text:
            self._put(self._sent[1])
        content = self._plan.preview if self._plan is not None else self.preview.content
        self._show(
            CommandPreview(
                LineState.ASKS,
                content,
                sentence,
                mode_word=self._facts.mode_word,
                foot=f"Enter once more within 3 s sends this to {self._facts.place}",
                key_cap="Enter",
            )
        )


def _refusal(content: ActionPreview, sentence: str, suggestion: str) -> CommandPreview:
    foot, cap = ("Tab puts it in", "Tab") if suggestion else ("", "")
    return CommandPreview(LineState.REFUSED, content, sentence, suggestion=suggestion, foot=foot, key_cap=cap)
