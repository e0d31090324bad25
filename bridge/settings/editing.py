"""Changes to the settings file by a command: comments and order stay, and so do owner and mode."""

from __future__ import annotations

import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from bridge.settings import names, sources
from bridge.settings.loading import from_tables
from bridge.settings.mistakes import Mistake, SettingsError


class SettingsFile:
    """A settings file that is read, changed in memory, and written back as a whole."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises `SettingsError` where it cannot be read or understood."""
        self.path = path.resolve()
        if unreadable := sources.toml(self.path, {}).unreadable:
            raise SettingsError(unreadable)
        try:
            self._document = tomlkit.parse(self.path.read_text("utf-8-sig"))
        except (OSError, TOMLKitError) as error:
            raise SettingsError((sources.unreadable(self.path, error),)) from None

    @property
    def users(self) -> MutableMapping[str, Any]:
        """`[users]`, to be changed in place; made where there is none."""
        if "users" not in self._document:
            self._document["users"] = tomlkit.table(is_super_table=True)
        found = self._document["users"]
        if not isinstance(found, MutableMapping):
            source = str(self.path)
            raise SettingsError((Mistake("users", source, names.shown(found), "a table"),))
        return found

    def check(self, *path: str) -> None:
        """Raise `SettingsError` if what stands at a path, or below it, is wrong."""
        name = names.dotted(path)
        try:
            from_tables(self._document.unwrap(), str(self.path))
        except SettingsError as error:
            ours = tuple(m for m in error.mistakes if (m.name + ".").startswith(name + "."))
            if ours:
                raise SettingsError(ours) from None

    def write(self) -> None:
        """Replace the file at once, durably; it must not be one that others can read."""
        try:
            status = self.path.stat()
            if sources.is_exposed(status):
                found = "a file that others can read"
                expected = f"one to hold secrets: chmod 600 {self.path}"
                raise SettingsError((Mistake("", str(self.path), found, expected),))
            _replace(self.path, tomlkit.dumps(self._document).encode(), status)
        except OSError as error:
            raise SettingsError((sources.unreadable(self.path, error),)) from None


def _replace(path: Path, content: bytes, status: os.stat_result) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
