"""Connecting a broker: which one, paper or live, what it asks for; looked at finding by finding, then saved.

The same flow renews the keys of a connection that is there: broker and kind then stand fixed.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.services.connection_ports import LoginField, LoginForm
from legend_desktop.services.connections import Connections
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.connection_detail import CheckLine, check_line
from legend_desktop.viewmodels.connection_words import Tone

SECONDS_FOR_A_CHECK = 60.0


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """A broker that can be connected."""

    id: str
    name: str
    paper: bool
    live: bool


@dataclass(frozen=True, slots=True)
class FieldLine:
    """An entry of the form as the dialog shows it; a secret's value is never handed back."""

    name: str
    label: str
    hint: str
    secret: bool
    optional: bool
    advanced: bool
    choices: tuple[str, ...]
    filled: bool


class AddBrokerViewModel(QObject):
    """State of the dialog. Typed values live here until the dialog closes and are then forgotten.

    Signals: ``changed`` after everything that the dialog shows; ``form_changed`` where its fields are others;
    ``saved`` with the id of the connection that was made or has new keys.
    """

    changed = Signal()
    form_changed = Signal()
    saved = Signal(str)

    def __init__(
        self,
        connections: Connections,
        clock: Clock,
        supervisor: TaskSupervisor,
        *,
        prefer_live: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._connections = connections
        self._clock = clock
        self._supervisor = supervisor
        self._prefer_live = prefer_live
        self._form: LoginForm | None = None
        self._values: dict[str, str] = {}
        self._label = ""
        self._renewing: ConnectionProfile | None = None
        self._work: asyncio.Task[None] | None = None
        self.mode = TradingMode.PAPER
        self.is_open = False
        self.busy = ""
        self.checks: tuple[CheckLine, ...] = ()
        self.checked = False
        self.problem = ""

    # ---- what it shows -------------------------------------------------------------------------------------------

    @property
    def choices(self) -> tuple[BrokerChoice, ...]:
        """The brokers that can be connected."""
        return tuple(
            BrokerChoice(form.broker.value, form.name, form.paper, form.live) for form in self._connections.forms
        )

    @property
    def broker(self) -> str:
        """The chosen broker's id, empty where there is none."""
        return self._form.broker.value if self._form is not None else ""

    @property
    def broker_name(self) -> str:
        """The chosen broker's name."""
        return self._form.name if self._form is not None else ""

    @property
    def renewing(self) -> str:
        """The label of the connection whose keys are renewed; empty where one is added."""
        return self._renewing.label if self._renewing is not None else ""

    @property
    def title(self) -> str:
        """The title of the dialog."""
        return f"New keys for {self.renewing}" if self._renewing is not None else "Connect a broker"

    @property
    def verb(self) -> str:
        """The word on the button that saves."""
        return "Use the new keys" if self._renewing is not None else "Connect"

    @property
    def where(self) -> str:
        """Where the keys are found."""
        return self._form.where if self._form is not None else ""

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Names and addresses of the broker's pages that help."""
        return self._form.links if self._form is not None else ()

    @property
    def vault_words(self) -> str:
        """Where the keys will be kept."""
        return self._connections.vault.words

    @property
    def vault_lasting(self) -> bool:
        """True where they are there again after the next start."""
        return self._connections.vault.lasting

    @property
    def live(self) -> bool:
        """True where the form is for real money."""
        return self.mode is TradingMode.LIVE

    @property
    def mode_note(self) -> str:
        """What the kind of account means for this window."""
        here = self._connections.mode
        if self.mode is TradingMode.PAPER and here is TradingMode.PAPER:
            return "Simulated money at the broker. It is connected at once, beside the others."
        if self.mode is here:
            return "Real money. It is connected at once; order keys stay locked until you arm them."
        if self.live:
            return "Real money. It is saved, not opened: the live desk opens it, after you type two words."
        return "Simulated money. It is saved, not opened: paper accounts open with the paper desk."

    @property
    def fields(self) -> tuple[FieldLine, ...]:
        """The entries of the form, advanced ones last; where keys are renewed only the secret and needed ones."""
        if self._form is None:
            return ()
        rows = [row for row in self._form.fields if self._renewing is None or row.secret or not row.optional]
        return tuple(self._line(row) for row in sorted(rows, key=lambda row: row.advanced))

    @property
    def missing(self) -> tuple[str, ...]:
        """The needed entries that are still empty, in the words of a sentence."""
        if self._form is None:
            return ()
        words = {row.name: row.words for row in self._form.fields}
        return tuple(words[row.name] for row in self.fields if not row.optional and not row.filled)

    @property
    def can_check(self) -> bool:
        """True where everything needed is typed and nothing runs."""
        return self._form is not None and not self.missing and not self.busy

    @property
    def verdict(self) -> CheckLine | None:
        """The one thing that the findings come to, once all are there."""
        if not self.checked:
            return None
        bad = next((row for row in self.checks if row.tone is Tone.BAD), None)
        doubt = next((row for row in self.checks if row.tone is Tone.SOON), None)
        if bad is not None:
            return CheckLine("Not yet", Tone.BAD, bad.advice or bad.sentence)
        if doubt is not None:
            return CheckLine("Usable, with one thing to know", Tone.SOON, doubt.advice or doubt.sentence)
        return CheckLine("All well", Tone.GOOD, f"{self.verb} saves the keys and logs in.")

    # ---- what a person does --------------------------------------------------------------------------------------

    def open(self, broker: BrokerType | None = None) -> None:
        """Show the dialog; what was typed before is still there, unless another broker is asked for."""
        if not self.is_open:
            self._renewing = None
            self._begin_with(broker)
            self.is_open = True
            self.form_changed.emit()
        elif broker is not None:
            self.choose_broker(broker.value)
        self.changed.emit()

    def open_renewal(self, profile: ConnectionProfile) -> None:
        """Show the dialog for new keys of ``profile``."""
        self._cancel_work()
        self._renewing = profile
        self._begin_with(profile.broker)
        self.mode = profile.mode
        self.is_open = True
        self.form_changed.emit()
        self.changed.emit()

    def close(self) -> None:
        """Hide the dialog, end what runs and forget what was typed."""
        self._cancel_work()
        self._values = {}
        self._label = ""
        self._forget_findings()
        if self.is_open:
            self.is_open = False
            self.changed.emit()

    def choose_broker(self, broker: str) -> None:
        """Ask for another broker's login."""
        if self._renewing is not None or self.busy or broker == self.broker:
            return
        self._begin_with(BrokerType(broker))
        self.form_changed.emit()
        self.changed.emit()

    def choose_mode(self, live: bool) -> None:
        """Paper or live."""
        if self._renewing is not None or self.busy or self._form is None:
            return
        if self._form.live if live else self._form.paper:
            self.mode = TradingMode.LIVE if live else TradingMode.PAPER
            self._forget_findings()
        self.changed.emit()

    def set_value(self, name: str, text: str) -> None:
        """What stands in a field now. Findings about other values are no longer true."""
        if self._values.get(name, "") != text:
            self._values[name] = text
            self._forget_findings()
            self.changed.emit()

    def set_label(self, text: str) -> None:
        """What the connection shall be called; empty takes the broker's name."""
        self._label = text

    def check(self) -> None:
        """Look at the login, finding by finding; nothing is saved."""
        if self.can_check:
            self._forget_findings()
            self._start("Checking", self._check())

    def connect_broker(self) -> None:
        """Log in once and save, or put the new keys in the place of the old."""
        if self.can_check:
            self.problem = ""
            self._start("Logging in", self._save())

    # ---- inside --------------------------------------------------------------------------------------------------

    def _begin_with(self, broker: BrokerType | None) -> None:
        forms = self._connections.forms
        wanted = next((form for form in forms if form.broker is broker), None)
        self._form = wanted or (forms[0] if forms else None)
        self._values = {}
        self._forget_findings()
        live = self._prefer_live or self._connections.mode is TradingMode.LIVE
        if self._form is not None:
            live = (live and self._form.live) or not self._form.paper
        self.mode = TradingMode.LIVE if live else TradingMode.PAPER

    def _forget_findings(self) -> None:
        self.checks, self.checked, self.problem = (), False, ""

    def _line(self, field: LoginField) -> FieldLine:
        return FieldLine(
            field.name,
            field.label,
            field.hint,
            field.secret,
            field.optional,
            field.advanced,
            field.choices,
            bool(self._values.get(field.name, "").strip()),
        )

    def _start(self, words: str, work: Coroutine[Any, Any, None]) -> None:
        self.busy = words
        self._work = self._supervisor.start(work, words.lower())
        self.changed.emit()

    def _cancel_work(self) -> None:
        work, self._work = self._work, None
        self.busy = ""
        if work is not None:
            work.cancel()

    def _typed(self) -> dict[str, str]:
        return {name: text.strip() for name, text in self._values.items() if text.strip()}

    async def _check(self) -> None:
        assert self._form is not None
        values = self._typed()
        if self._renewing is not None:
            values = {**self._renewing.options, **values}
        try:
            async with asyncio.timeout(SECONDS_FOR_A_CHECK):
                async for check in self._connections.examine(self._form.broker, self.mode, values):
                    self.checks = (*self.checks, check_line(check))
                    self.changed.emit()
            self.checked = True
        except LegendError as error:
            self.problem = error.sentence
        except TimeoutError:
            self.problem = f"{self.broker_name} did not answer within a minute. Look at the network, then check again."
        self._done()

    async def _save(self) -> None:
        assert self._form is not None
        try:
            if self._renewing is not None:
                profile = await self._connections.renew_keys(self._renewing.id, self._typed())
            else:
                profile = await self._connections.add(self._form.broker, self.mode, self._label, self._typed())
        except LegendError as error:
            self.problem = error.sentence
            self._done()
            return
        self._done()
        self.close()
        self.saved.emit(profile.id)

    def _done(self) -> None:
        self._work = None
        self.busy = ""
        self.changed.emit()
