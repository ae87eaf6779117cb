"""Where the journal may lie: a folder that can be written to, on a disk of this machine."""

import os
import stat
from pathlib import Path

from legend_desktop.store import errors

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ncpfs", "fuse.sshfs", "davfs", "glusterfs"})
_CLOUD = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "mobile documents", "nextcloud", "box sync")
_MOUNTS = Path("/proc/self/mounts")


def network_kind(path: Path, mounts: str | None = None) -> str | None:
    """The kind of network file system that holds ``path``, ``None`` on a disk of this machine or where unknown."""
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return "a network path"
    if mounts is None:
        mounts = _MOUNTS.read_text(errors="replace") if _MOUNTS.exists() else ""
    best, kind = "", ""
    resolved = str(path.resolve())
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind if kind in _NETWORK else None


def cloud_warning(path: Path) -> str | None:
    """A sentence where the folder looks synchronised with a cloud service."""
    for part in path.resolve().parts:
        if any(name in part.lower() for name in _CLOUD):
            return (
                f"The journal lies in {part}, which looks synchronised with a cloud service. "
                "Such a service can damage it. Choose another folder with --profile-dir."
            )
    return None


def prepare_folder(folder: Path) -> None:
    """Make ``folder`` (for this user alone) and prove that it can be written to.

    Raises ``StoreError`` where it cannot, or where it is on a network drive.
    """
    kind = network_kind(folder)
    if kind is not None:
        raise errors.network_drive(folder, kind)
    probe = folder / f".write-test-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise errors.from_os(error, folder) from error


def make_private(path: Path) -> None:
    """Give the file to its owner alone (0600); makes an empty one where there is none."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(handle)
        if stat.S_IMODE(path.stat().st_mode) != 0o600:
            path.chmod(0o600)
    except OSError as error:
        if path.exists():
            raise errors.read_only(path.name) from error
        raise errors.from_os(error, path.parent) from error


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
