"""A working directory of its own for each test, and a settings file in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ENOUGH = """\
[gateway]
username = "acme"
password = "correct horse"

[http]
callback_token = "0123456789abcdefghijklmnopqrstuv"

[mail]
inbox = "sms@example.com"
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def enough() -> str:
    """A settings file with nothing but what cannot be left out."""
    return ENOUGH


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file that only its owner can read."""

    def write(text: str, name: str = "bridge.toml", mode: int = 0o600) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return path

    return write
