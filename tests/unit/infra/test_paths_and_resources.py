import os
from pathlib import Path

import pytest

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.infra import resources
from legend_desktop.infra.paths import ProfilePaths, profile_paths


def every_path(paths: ProfilePaths) -> list[Path]:
    names = [name for name in dir(ProfilePaths) if not name.startswith("_")]
    found = [getattr(paths, name) for name in names]
    return [path for path in found if isinstance(path, Path)] + [paths.database(mode) for mode in TradingMode]


def test_one_folder_holds_every_path(tmp_path: Path) -> None:
    for paths in (profile_paths(tmp_path / "x"), profile_paths(None, {"LEGEND_PROFILE_DIR": str(tmp_path / "x")})):
        assert all((tmp_path / "x") in path.parents for path in every_path(paths))
    given = profile_paths(tmp_path / "x", {"LEGEND_PROFILE_DIR": str(tmp_path / "y")})
    assert (tmp_path / "x") in given.data.parents


def test_paper_and_live_never_share_a_file(tmp_path: Path) -> None:
    paths = profile_paths(tmp_path)
    assert paths.database(TradingMode.PAPER) != paths.database(TradingMode.LIVE)


def test_folders_are_for_the_owner_only_and_nothing_is_made_before(tmp_path: Path) -> None:
    paths = profile_paths(tmp_path / "x")
    assert not (tmp_path / "x").exists()
    paths.create()
    paths.create()
    for folder in (paths.data, paths.config, paths.logs, paths.crash_dir):
        assert folder.stat().st_mode & 0o777 == 0o700 or os.name != "posix"


def test_an_unwritable_place_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LegendError, match="cannot be written") as caught:
        profile_paths(tmp_path / "file").create()
    assert "--profile-dir" in caught.value.sentence


def test_the_shipped_files_are_found_here() -> None:
    assert resources.resource("themes/tokens.json").is_file()
    with pytest.raises(LegendError, match=r"icons/none\.svg"):
        resources.resource("icons/none.svg")


def test_a_frozen_program_looks_into_its_bundle_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert resources.resources_dir() == tmp_path / "resources"
