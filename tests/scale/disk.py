"""A drive with a cache that forgets, a file system on it, and a switch for the power.

The drive is a file on a file system of its own, and the databases live on a second file system in
that file. What the second one has written without a flush is in the memory of the first, as in the
cache of a drive. The cut is the request of Linux that file systems are tested with: at once,
nothing more reaches the medium, and memory that is not written yet is dropped.
"""

import ctypes
import fcntl
import os
import struct
import subprocess
from pathlib import Path
from typing import Final

_SHUTDOWN: Final = 0x8004587D  # FS_IOC_SHUTDOWN of linux/fs.h
_NO_FLUSH: Final = struct.pack("I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH: not even of the journal
_MEBIBYTE: Final = 1 << 20
_SIZE: Final = 400  # mebibytes, for PostgreSQL with its write-ahead log
_SPARE: Final = 100  # mebibytes, for the outer file system itself


class Disk:
    """A mounted file system that can lose its power. Needs root, to mount."""

    def __init__(self, folder: Path) -> None:
        self._medium = folder / "medium"
        self._cache = folder / "cache"
        self._drive = self._cache / "drive"
        self.folder = folder / "disk"
        self._cache.mkdir()
        self.folder.mkdir()
        with self._medium.open("wb") as file:
            file.truncate((_SIZE + _SPARE) * _MEBIBYTE)
        _format(self._medium)
        _mount(self._medium, self._cache)
        with self._drive.open("wb") as file:  # full, so that no later write changes its layout
            for _ in range(_SIZE):
                file.write(bytes(_MEBIBYTE))
        _format(self._drive)
        _mount(self._drive, self.folder)
        self.sync()

    def sync(self) -> None:
        """Write everything to the medium."""
        for folder in (self.folder, self._cache):
            _run("sync", "--file-system", f"{folder}")

    def cut(self) -> None:
        """Cut the power: the drive loses its cache first, then the system its memory."""
        for folder in (self._cache, self.folder):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                fcntl.ioctl(descriptor, _SHUTDOWN, _NO_FLUSH)
            finally:
                os.close(descriptor)

    def restore(self) -> None:
        """Bring the power back: both journals are replayed. No process may have a file open."""
        self.remove()
        _mount(self._medium, self._cache)
        _mount(self._drive, self.folder)

    def remove(self) -> None:
        """Unmount both."""
        for folder in (self.folder, self._cache):
            if folder.is_mount():
                _run("umount", f"{folder}")


def prove(disk: Disk) -> str | None:
    """Cut the power of a quiet disk; say what it kept and should not have, or the reverse."""
    names = ("synced", "unsynced", "unflushed")
    (disk.folder / "unflushed").write_bytes(b"old")
    disk.sync()
    for name in names:
        path = disk.folder / name
        with path.open("r+b" if path.exists() else "wb") as file:
            file.write(b"new")
            file.flush()
            if name == "synced":
                os.fsync(file.fileno())
            if name == "unflushed":
                _write_back(file.fileno())
    disk.cut()
    disk.restore()
    found = [_read(disk.folder / name) for name in names]
    wanted = [b"new", b"", b"old"]
    return None if found == wanted else f"the disk has {found}, where it should have {wanted}"


def _write_back(descriptor: int) -> None:
    """Let the system write to the drive, without a flush of the drive's cache."""
    to_the_end, everything = ctypes.c_int64(0), 7
    status = ctypes.CDLL(None).sync_file_range(descriptor, to_the_end, to_the_end, everything)
    if status:
        raise OSError("sync_file_range")


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _format(file: Path) -> None:
    # Without the work that the kernel puts off until the file system is idle.
    now = "lazy_itable_init=0,lazy_journal_init=0"
    _run("mkfs.ext4", "-q", "-F", "-E", now, f"{file}")


def _mount(file: Path, folder: Path) -> None:
    _run("mount", "-t", "ext4", "-o", "loop", f"{file}", f"{folder}")


def _run(*words: str) -> None:
    subprocess.run(words, check=True)
