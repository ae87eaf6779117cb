"""Where every file of the program stands. The only module that works out a path of the profile."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError

APP_NAME = "LegendDesktop"
PROFILE_VARIABLE = "LEGEND_PROFILE_DIR"
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """The folders of one profile. Nothing is created before ``create``."""

    data: Path
    config: Path
    logs: Path
    cache: Path

    @property
    def settings_file(self) -> Path:
        """The stored settings."""
        return self.config / "settings.json"

    @property
    def hotkeys_file(self) -> Path:
        """The person's own keys, read over the shipped map."""
        return self.config / "hotkeys.toml"

    @property
    def connections_file(self) -> Path:
        """The saved connections, without their secrets."""
        return self.config / "connections.json"

    @property
    def lock_file(self) -> Path:
        """The lock that keeps a second program off this profile."""
        return self.data / "legend.lock"

    @property
    def crash_dir(self) -> Path:
        """Crash texts of earlier runs."""
        return self.logs / "crashes"

    @property
    def log_file(self) -> Path:
        """The newest log."""
        return self.logs / "legend.log"

    @property
    def backup_dir(self) -> Path:
        """Copies of the databases."""
        return self.data / "backups"

    @property
    def spool_dir(self) -> Path:
        """Fills that could not be committed wait here, away from the database."""
        return self.config / "spool"

    @property
    def layout_dir(self) -> Path:
        """Saved window layouts."""
        return self.config / "layouts"

    def database(self, mode: TradingMode) -> Path:
        """The history of ``mode``: one file for paper and one for live."""
        return self.data / f"{mode.value}.sqlite3"

    def create(self) -> None:
        """Make the folders, for the owner's eyes only. Raises ``LegendError`` where that is refused."""
        roots = (self.data, self.config, self.logs, self.cache)
        for folder in (*roots, self.crash_dir, self.backup_dir, self.spool_dir, self.layout_dir):
            make_private_dir(folder)


def make_private_dir(folder: Path) -> None:
    """Make ``folder`` (and what leads to it) with mode 0700. Raises ``LegendError`` where that is refused."""
    try:
        folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        if os.name == "posix":
            folder.chmod(PRIVATE_DIR)
    except OSError as error:
        raise LegendError(
            f"The folder {folder} cannot be written ({error.strerror or error}).",
            advice=f"Free the folder or name another one with --profile-dir or {PROFILE_VARIABLE}.",
            code="profile_unwritable",
        ) from error


def profile_paths(profile_dir: Path | None = None, environment: Mapping[str, str] | None = None) -> ProfilePaths:
    """The folders of the profile: under ``profile_dir``, else ``LEGEND_PROFILE_DIR``, else the system's places.

    The system's places are those of the XDG standard, ``%LOCALAPPDATA%`` or ``~/Library``.
    """
    names = os.environ if environment is None else environment
    chosen = profile_dir or (Path(names[PROFILE_VARIABLE]) if names.get(PROFILE_VARIABLE) else None)
    if chosen is not None:
        root = chosen.expanduser().absolute()
        return ProfilePaths(data=root / "data", config=root / "config", logs=root / "logs", cache=root / "cache")
    system = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    return ProfilePaths(
        data=system.user_data_path / "data",
        config=system.user_config_path / "config",
        logs=system.user_log_path,
        cache=system.user_cache_path,
    )
