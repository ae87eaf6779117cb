"""The names that programs of other people import, and what they need to be there."""

import subprocess
import sys

import pytest

BLOCK_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"PySide6", "shiboken6", "qasync", "pyqtgraph"}:
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, NoQt())
"""

PUBLIC = {
    "legend_desktop": ["__version__"],
    "legend_desktop.brokers.factory": ["BrokerFactory"],
    "legend_desktop.brokers.base": ["BrokerType", "OrderSide", "OrderType"],
    "legend_desktop.services.live_trading": ["LiveTradingService", "QuickEntryRequest"],
    "legend_desktop.services.position_sync": ["PositionSyncService"],
    "legend_desktop.services.execution_analytics": ["ExecutionAnalyticsService"],
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("module", PUBLIC)
def test_the_sdk_imports_where_no_qt_is(module: str) -> None:
    names = ", ".join(PUBLIC[module])
    result = run(f"{BLOCK_QT}\nfrom {module} import {names}\n")
    assert result.returncode == 0, result.stderr


def test_the_command_line_is_read_before_qt_is_needed() -> None:
    result = run(f"{BLOCK_QT}\nfrom legend_desktop.app.bootstrap import main\nsys.exit(main(['settings']))\n")
    assert result.returncode == 0, result.stderr
    assert "broker.default" in result.stdout


def test_the_start_of_the_command_line_stays_light() -> None:
    """What is imported before the window is wanted delays its first picture."""
    heavy = "{'sqlalchemy', 'numpy', 'alembic', 'keyring', 'pyqtgraph', 'PySide6', 'qasync'}"
    code = f"import sys, legend_desktop.app.bootstrap\nprint(sorted({heavy} & set(sys.modules)))"
    assert run(code).stdout == "[]\n"
