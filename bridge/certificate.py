"""The certificate that the SMTP listener shows, taken anew from its files where they change.

Sessions go on under the one that they began with; a pair of files that does not fit together, as
in the middle of a renewal, is left where it is, and the one that was good stays in use.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from bridge import maillog
from bridge.settings.mistakes import SettingsError


class Certificate:
    """A certificate and its key, in PEM files.

    `allowed` raises `SettingsError` where the key's file is not to be used.  Raises that, and
    `OSError` (`ssl.SSLError` is one) where the files cannot be read or do not fit together.
    """

    def __init__(self, chain: Path, key: Path, allowed: Callable[[], None]) -> None:
        self._files = (chain, key)
        self._allowed = allowed
        self._seen = self._looks()
        self._latest = self.context = self._loaded()
        # Called in every handshake, with a name or without.
        self.context.sni_callback = self._present

    def renew(self) -> None:
        """Look at the files, and use what is in them if they changed."""
        try:
            looks = self._looks()
            if looks == self._seen:
                return
            self._seen = looks
            self._latest = self._loaded()
        except (OSError, SettingsError) as error:  # the certificate at hand is still good
            maillog.certificate(str(self._files[0]), wrong=str(error))
        else:
            maillog.certificate(str(self._files[0]))

    def _present(self, session: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        session.context = self._latest

    def _looks(self) -> list[tuple[int, int, int]]:
        """What changes when a file is written or replaced, or who may read it."""
        found = (each.stat() for each in self._files)
        return [(each.st_ino, each.st_ctime_ns, each.st_size) for each in found]

    def _loaded(self) -> ssl.SSLContext:
        self._allowed()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION  # a handshake costs us more than the client
        context.load_cert_chain(*self._files)
        return context
