"""Reads a ``.env`` file with care: a small regular file, named and not searched for, never put into the environment."""

import io
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from legend_desktop.domain.errors import InvalidInput

LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class DotEnv:
    """What a ``.env`` file says. ``values`` is not shown in a repr: it may hold secrets."""

    path: Path
    values: dict[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()


def read_dotenv(path: Path) -> DotEnv:
    """Read ``path``. Raises ``InvalidInput`` for a link, something other than a file, or more than 64 KB."""
    try:
        facts = path.lstat()
        if stat.S_ISLNK(facts.st_mode) or not stat.S_ISREG(facts.st_mode):
            raise InvalidInput(
                f"{path} is not a plain file, so it was not read.", advice="Put the file itself there, not a link."
            )
        if facts.st_size > LIMIT_BYTES:
            raise InvalidInput(
                f"{path} is larger than 64 KB, so it was not read.", advice="Check that it is the right file."
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not a text file in UTF-8.", advice="Save it again as UTF-8.") from error
    warnings = []
    if os.name == "posix" and facts.st_mode & 0o077:
        warnings.append(f"Other users of this machine can read {path}. Run: chmod 600 {path}")
    pairs = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return DotEnv(path, {name: value for name, value in pairs.items() if value is not None}, tuple(warnings))
