"""Postfix from a private configuration, in the foreground; and where servers' programs are.

Nothing that the machine's own Postfix has is read or written.  It wants root, to change its user.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def search_path() -> str:
    """Where programs are: servers live where a user's own search path need not lead."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def program(name: str) -> str:
    """The path of a program; "" if it is not installed."""
    return shutil.which(name, path=search_path()) or ""


def said(name: str, *arguments: str) -> str:
    """What a program prints; raises `CalledProcessError` where it fails."""
    return subprocess.run(
        [program(name), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": search_path()},
    ).stdout.strip()


def foreground(config: Path) -> list[str]:
    """The command of a Postfix that stays our child, once its queue has all that it needs."""
    settings = ("-c", str(config))
    programs = said("postconf", *settings, "-hx", "daemon_directory")
    said("postfix", *settings, "check")  # makes what is lacking in its queue
    return [f"{programs}/master", *settings, "-d"]
