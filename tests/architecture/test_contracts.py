"""The import contracts hold, and each of them would notice."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import PACKAGE, ROOT

RUN = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

OFFENCES = {
    "domain/offence.py": "import asyncio\nimport legend_desktop.services.event_bus\n",
    "services/offence.py": "import qasync, httpx, websockets, keyring\nimport legend_desktop.brokers.simulator\n",
    "brokers/alpaca/offence.py": "import legend_desktop.brokers.simulator\n",
    "viewmodels/offence.py": "import legend_desktop.store\n",
    "views/offence.py": "import legend_desktop.services.event_bus\n",
    "cli/offence.py": "import legend_desktop.viewmodels\nimport legend_desktop.store\n",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", RUN], check=False, cwd=folder, capture_output=True, text=True)


def test_the_import_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_contract_breaks_when_it_is_violated(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "legend_desktop", ignore=shutil.ignore_patterns("__pycache__", "_resources"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in OFFENCES.items():
        (tmp_path / "legend_desktop" / name).write_text(text, encoding="utf-8")
    said = lint(tmp_path).stdout
    contracts = [line.rsplit(" ", 1) for line in said.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert contracts, said
    assert [name for name, verdict in contracts if verdict != "BROKEN"] == []
