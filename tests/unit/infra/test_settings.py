import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.infra.setting_types import SettingSource, plain
from legend_desktop.infra.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def stored(file: Path, **values: object) -> Path:
    names = {name.replace("__", "."): value for name, value in values.items()}
    file.write_text(json.dumps({"version": 1, "settings": names}), encoding="utf-8")
    return file


def test_the_strongest_source_wins_and_is_named(file: Path) -> None:
    stored(file, broker__default="tradestation")
    everywhere: dict[str, Any] = {
        "command_line": {"broker.default": "simulator"},
        "environment": {"DEFAULT_BROKER": "alpaca"},
        "dotenv": {"DEFAULT_BROKER": "schwab"},
    }
    seen = []
    for drop in (None, "command_line", "environment", "dotenv"):
        everywhere.pop(drop or "", None)
        settings = Settings(file, **everywhere)
        seen.append((settings.get("broker.default"), settings.source("broker.default")))
    seen.append((Settings().get("broker.default"), Settings().source("broker.default")))
    assert seen == [
        ("simulator", SettingSource.COMMAND_LINE),
        ("alpaca", SettingSource.ENVIRONMENT),
        ("schwab", SettingSource.DOTENV),
        ("tradestation", SettingSource.STORED),
        ("simulator", SettingSource.DEFAULT),
    ]


def test_the_names_of_the_document_are_all_read() -> None:
    document = {
        "DEFAULT_BROKER": "alpaca",
        "BROKER_PAPER_TRADING": "true",
        "ALPACA_API_KEY": "k1",
        "ALPACA_API_SECRET": "s1",
        "TD_AMERITRADE_API_KEY": "k2",
        "TD_AMERITRADE_REFRESH_TOKEN": "t2",
        "TD_AMERITRADE_ACCOUNT_ID": "a2",
        "IB_GATEWAY_URL": "https://localhost:5000/v1/api",
        "IB_ACCOUNT_ID": "a3",
        "TRADESTATION_API_KEY": "k4",
        "TRADESTATION_API_SECRET": "s4",
        "TRADESTATION_REFRESH_TOKEN": "t4",
        "TRADESTATION_ACCOUNT_ID": "a4",
    }
    settings = Settings(environment=document)
    taken = {line.environment[0]: settings.get(line.name) for line in settings.lines() if line.source == "environment"}
    assert taken == document | {"BROKER_PAPER_TRADING": True}


def test_an_alias_is_read_and_the_documents_own_name_wins() -> None:
    both = {"SCHWAB_APP_SECRET": "old", "TD_AMERITRADE_APP_SECRET": "new"}
    assert Settings(environment={"SCHWAB_APP_SECRET": "old"}).get("td_ameritrade.app_secret") == "old"
    assert Settings(environment=both).get("td_ameritrade.app_secret") == "new"


def test_a_change_is_kept_told_once_and_back_to_default_leaves_no_trace(file: Path) -> None:
    settings = Settings(file)
    heard: list[str] = []
    end = settings.subscribe(heard.append)
    settings.set("window.theme", "dark")
    settings.set("window.theme", "dark")
    settings.set("trading.risk_presets", ["0.25", 1])
    settings.flush()
    again = Settings(file)
    assert again.get("window.theme") == "dark"
    assert again.get("trading.risk_presets") == (Decimal("0.25"), Decimal(1))
    end()
    settings.reset("window.theme")
    settings.close()
    assert heard == ["window.theme", "trading.risk_presets"]
    assert "window.theme" not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("window.theme", "pink", "one of system, dark, light"),
        ("window.zoom", 500, "a whole number from 80 to 200"),
        ("window.zoom", True, "a whole number"),
        ("trading.risk_percent", "NaN", "a number from 0.01 to 100"),
        ("trading.risk_presets", [], "numbers from"),
        ("window.hide_money", "perhaps", "true or false"),
        ("no.such", 1, "There is no setting called no.such"),
        ("alpaca.api_key", "abc", "is a secret"),
    ],
)
def test_a_wrong_value_is_refused_in_plain_words(name: str, value: object, words: str, file: Path) -> None:
    settings = Settings(file)
    with pytest.raises(InvalidInput, match=words):
        settings.set(name, value)
    assert not file.exists()


def test_a_setting_fixed_from_outside_cannot_be_changed_inside() -> None:
    settings = Settings(environment={"BROKER_PAPER_TRADING": "true"})
    with pytest.raises(InvalidInput, match=r"fixed by BROKER_PAPER_TRADING \(environment\)"):
        settings.set("broker.paper_trading", False)
    assert settings.get("broker.paper_trading") is True


@pytest.mark.parametrize("text", ["", "{", "[]", '{"settings": 3}', '{"other": {}}', "\x00\xff"])
def test_a_damaged_file_is_kept_aside_and_defaults_are_used(text: str, file: Path) -> None:
    file.write_text(text, encoding="latin-1")
    settings = Settings(file)
    assert settings.get("window.theme") == "system"
    (problem,) = settings.problems
    (aside,) = file.parent.glob("settings-broken-*.json")
    assert "damaged" in problem
    assert str(aside) in problem
    assert aside.read_text(encoding="latin-1") == text
    settings.set("window.theme", "light")
    settings.close()
    assert Settings(file).problems == ()
    assert aside.exists()


def test_a_listing_leaves_a_damaged_file_where_it_is(file: Path) -> None:
    file.write_text("{", encoding="utf-8")
    assert "damaged" in Settings(file, keep_damaged=False).problems[0]
    assert file.read_text(encoding="utf-8") == "{"


def test_one_wrong_value_in_the_file_costs_only_that_value_and_unknown_names_survive(file: Path) -> None:
    stored(file, window__theme="dark", window__zoom=9999, of__tomorrow=[1])
    settings = Settings(file)
    assert settings.get("window.theme") == "dark"
    assert settings.get("window.zoom") == 100
    assert "window.zoom" in settings.problems[0]
    settings.set("window.density", "comfortable")
    settings.close()
    kept = json.loads(file.read_text(encoding="utf-8"))["settings"]
    assert kept["of.tomorrow"] == [1]
    assert kept["window.theme"] == "dark"


def test_a_wrong_variable_is_left_out_and_its_secret_is_not_quoted() -> None:
    settings = Settings(environment={"BROKER_PAPER_TRADING": "maybe"})
    assert settings.get("broker.paper_trading") is True
    assert "BROKER_PAPER_TRADING (environment) was not used" in settings.problems[0]


@pytest.mark.allow_log("The settings cannot be written")
def test_an_unwritable_file_costs_nothing_but_the_memory_after_the_end(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "missing" / "settings.json")
    settings.set("window.theme", "dark")
    settings.close()
    assert settings.get("window.theme") == "dark"


def test_secrets_are_masked_in_the_list_and_never_stored(file: Path) -> None:
    settings = Settings(file, environment={"ALPACA_API_SECRET": "very-secret-1"})
    settings.set("window.theme", "dark")
    settings.close()
    assert settings.secrets() == ["very-secret-1"]
    assert all("very-secret-1" not in line.value for line in settings.lines())
    assert "very-secret-1" not in file.read_text(encoding="utf-8")


def test_each_setting_is_declared_once_and_reads_its_own_default() -> None:
    names = [setting.name for setting in CATALOG]
    variables = [name for setting in CATALOG for name in setting.environment]
    assert len(set(names)) == len(names)
    assert len(set(variables)) == len(variables)
    for setting in CATALOG:
        assert setting.read(plain(setting.default)) == setting.default, setting.name
        assert setting.description


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(), st.lists, max_leaves=4))
def test_no_value_whatever_breaks_reading(value: object) -> None:
    for setting in CATALOG:
        try:
            found = setting.read(value)
        except InvalidInput:
            continue
        assert setting.read(plain(found)) == found, setting.name
