"""The list of connections comes back as it was; a damaged one is left alone and said."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.infra.connection_file import ConnectionFile

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
PAPER = ConnectionProfile("a1", BrokerType.ALPACA, TradingMode.PAPER, "Alpaca", NOW, "acc-1", {"feed": "iex"}, NOW)
LIVE = ConnectionProfile("b2", BrokerType.ALPACA, TradingMode.LIVE, "Alpaca, real", NOW, "acc-2")


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    file = ConnectionFile(tmp_path / "connections.json")
    assert file.load() == []
    file.save([PAPER, LIVE])
    assert file.load() == [PAPER, LIVE]
    file.save([LIVE])
    assert file.load() == [LIVE]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "connections": [{"id": "x"}]}'])
def test_a_damaged_list_is_said_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "connections.json"
    path.write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        ConnectionFile(path).load()
    assert path.read_text() == text


def test_a_list_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "connections.json"
    path.write_text(json.dumps({"version": 2, "connections": []}))
    with pytest.raises(StoreError, match="newer version"):
        ConnectionFile(path).load()
