"""Folders that can lose a journal are refused or warned of."""

from pathlib import Path

import pytest

from legend_desktop.store.location import cloud_warning, network_kind

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb /home/me/local ext4 rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/legend", None),
        ("/home/me/legend", "nfs4"),
        ("/home/me/local/legend", None),
        ("/homework/legend", None),
        ("/mnt/my share/legend", "cifs"),
        ("//server/share/legend", "a network path"),
        ("\\\\server\\share\\legend", "a network path"),
    ],
)
def test_network_drives_are_known_by_their_mount(path: str, kind: str | None) -> None:
    assert network_kind(Path(path), MOUNTS) == kind


def test_without_a_list_of_mounts_nothing_is_claimed() -> None:
    assert network_kind(Path("/home/me"), "") is None


@pytest.mark.parametrize("name", ["OneDrive", "Dropbox (Personal)", "Google Drive", "Mobile Documents"])
def test_cloud_folders_are_warned_of(tmp_path: Path, name: str) -> None:
    warning = cloud_warning(tmp_path / name / "legend")
    assert warning is not None
    assert name in warning
    assert "--profile-dir" in warning


def test_other_folders_are_not(tmp_path: Path) -> None:
    assert cloud_warning(tmp_path / "legend") is None
