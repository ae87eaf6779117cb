"""The settings in force: command line over environment over ``.env`` over the stored file over the default."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.atomic_file import LatestWriter
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.infra.setting_types import Setting, SettingSource, plain

log = logging.getLogger(__name__)
MASK = "•••"
VERSION = 1


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting as the list of settings shows it; ``value`` of a secret is masked."""

    name: str
    value: str
    source: str
    environment: tuple[str, ...]
    description: str


def _shown(setting: Setting, value: Any) -> str:
    if setting.secret:
        return MASK if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


class Settings:
    """Reads and keeps settings. Used from one thread; the file is written by another.

    Wrong values outside the program (a variable, a line of the file) never stop it: they are left out, and ``problems``
    says so in plain sentences. A wrong value given to ``set`` raises ``InvalidInput``.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        command_line: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        dotenv: Mapping[str, str] | None = None,
        catalog: Sequence[Setting] = CATALOG,
        keep_damaged: bool = True,
    ) -> None:
        """``keep_damaged`` moves a damaged file aside; without it the file is left where it is."""
        self._keep_damaged = keep_damaged
        self._catalog = {setting.name: setting for setting in catalog}
        self._path = path
        self._problems: list[str] = []
        self._write_failed = False
        self._listeners: list[Callable[[str], None]] = []
        self._fixed: dict[str, tuple[SettingSource, str, Any]] = {}
        self._stored: dict[str, Any] = {}
        self._unknown: dict[str, Any] = {}
        self._writer = LatestWriter(path, self._note_write_error) if path is not None else None
        self._read_variables(SettingSource.DOTENV, dotenv or {})
        self._read_variables(SettingSource.ENVIRONMENT, environment or {})
        for name, value in (command_line or {}).items():
            self._fix(self._declared(name), SettingSource.COMMAND_LINE, name, value)
        if path is not None:
            self._read_file(path)

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with values from outside, as plain sentences."""
        return tuple(self._problems)

    def _declared(self, name: str) -> Setting:
        try:
            return self._catalog[name]
        except KeyError:
            raise InvalidInput(
                f"There is no setting called {name}.", advice="See: legend-desktop settings", code="no_setting"
            ) from None

    def _fix(self, setting: Setting, source: SettingSource, name: str, value: str) -> None:
        try:
            self._fixed[setting.name] = (source, name, setting.read(value))
        except InvalidInput as error:
            self._problems.append(f"{name} ({source.value}) was not used. {error.message}")

    def _read_variables(self, source: SettingSource, variables: Mapping[str, str]) -> None:
        for setting in self._catalog.values():
            name = next((name for name in setting.environment if variables.get(name)), None)
            if name is not None:
                self._fix(setting, source, name, variables[name])

    def _read_file(self, path: Path) -> None:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            values = document["settings"]
            if not isinstance(values, dict):
                raise TypeError("settings is no table")
        except FileNotFoundError:
            return
        except OSError as error:
            self._problems.append(f"The settings {path} cannot be read ({error.strerror or error}); defaults are used.")
            return
        except (ValueError, KeyError, TypeError):
            self._keep_aside(path)
            return
        for name, value in values.items():
            setting = self._catalog.get(name)
            if setting is None:
                self._unknown[name] = value  # of a newer version, or of a panel to come: kept as it is
                continue
            try:
                self._stored[name] = setting.read(value)
            except InvalidInput as error:
                self._problems.append(f"{error.message} The default is used.")

    def _keep_aside(self, path: Path) -> None:
        if not self._keep_damaged:
            self._problems.append(f"The settings {path} are damaged; defaults are used.")
            return
        aside = path.with_name(f"{path.stem}-broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{path.suffix}")
        try:
            path.rename(aside)
        except OSError:
            self._problems.append(f"The settings {path} are damaged and cannot be moved; defaults are used.")
            return
        self._problems.append(f"The settings were damaged; defaults are used. The damaged file was kept as {aside}.")

    def get(self, name: str) -> Any:
        """The value in force. Raises ``InvalidInput`` for a name that is not declared."""
        setting = self._declared(name)
        if name in self._fixed:
            return self._fixed[name][2]
        return self._stored.get(name, setting.default)

    def source(self, name: str) -> SettingSource:
        """Where the value in force comes from."""
        self._declared(name)
        if name in self._fixed:
            return self._fixed[name][0]
        return SettingSource.STORED if name in self._stored else SettingSource.DEFAULT

    def set(self, name: str, value: Any) -> None:
        """Use ``value`` from now on and keep it.

        Raises ``InvalidInput`` where the value is wrong, where the command line or a variable fixes the setting, and
        for a secret, which belongs in the key ring.
        """
        setting = self._declared(name)
        if setting.secret:
            raise InvalidInput(f"{name} is a secret and is not kept with the settings.", code="secret_setting")
        if name in self._fixed:
            source, given_as, _ = self._fixed[name]
            raise InvalidInput(
                f"{name} is fixed by {given_as} ({source.value}).",
                advice="Take it away there to change it here.",
                code="fixed_setting",
            )
        found = setting.read(value)
        if found == self.get(name):
            return
        if found == setting.default:
            self._stored.pop(name, None)
        else:
            self._stored[name] = found
        self._save()
        for listener in tuple(self._listeners):
            listener(name)

    def reset(self, name: str) -> None:
        """Go back to the default."""
        self.set(name, self._declared(name).default)

    def subscribe(self, handler: Callable[[str], None]) -> Callable[[], None]:
        """Call ``handler`` with the name of each setting that changes; returns the function that ends it."""
        self._listeners.append(handler)

        def unsubscribe() -> None:
            if handler in self._listeners:
                self._listeners.remove(handler)

        return unsubscribe

    def secrets(self) -> list[str]:
        """The values that must never be written anywhere, for the redaction."""
        return [str(value) for name, (_, _, value) in self._fixed.items() if self._catalog[name].secret and value]

    def lines(self) -> list[SettingLine]:
        """Every setting as declared, with its value in force."""
        return [
            SettingLine(
                name, _shown(setting, self.get(name)), self.source(name).value, setting.environment, setting.description
            )
            for name, setting in self._catalog.items()
        ]

    def _save(self) -> None:
        if self._writer is None:
            return
        values = self._unknown | {name: plain(value) for name, value in self._stored.items()}
        self._writer.submit(json.dumps({"version": VERSION, "settings": values}, indent=2, sort_keys=True) + "\n")

    def _note_write_error(self, error: OSError) -> None:
        if not self._write_failed:
            log.warning(
                "The settings cannot be written (%s). They hold until the program ends.", error.strerror or error
            )
        self._write_failed = True

    def flush(self) -> None:
        """Return once the newest settings are on disk, or the log says why not."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Flush, and end the thread that writes."""
        if self._writer is not None:
            self._writer.close()
