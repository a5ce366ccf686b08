"""The keys of an analyzer that runs for years: looked at daily, renewed in time, used from then on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from analyzer.errors import TrustError
from analyzer.trust.authority import read_certificate
from analyzer.trust.keys import credentials, prepare_keys
from sensor.errors import IdentityError
from sensor.identity import renew_context, server_context

RENEW_SECONDS = 24 * 3600.0


class Renewal:
    """context: what sensors connect to; after renew() new connections see the new certificate.

    sensors, hosts: as for prepare_keys. clock: now, in UTC. Making one raises TrustError or IdentityError.
    """

    def __init__(
        self, data: Path, sensors: Sequence[str], hosts: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._data = data
        self._sensors = sensors
        self._hosts = hosts
        self._clock = clock
        prepare_keys(data, sensors, hosts, clock())
        self.context = server_context(credentials(data, "analyzer"))
        self.fault = ""
        self._ends = self._read_ends()

    def renew(self) -> None:
        """What fails is kept in `fault`: the certificates in use are good for weeks yet, the operator has time."""
        try:
            prepare_keys(self._data, self._sensors, self._hosts, self._clock())
            renew_context(self.context, credentials(self._data, "analyzer"))
            self._ends = self._read_ends()
        except (TrustError, IdentityError, OSError) as fault:
            self.fault = str(fault)
        else:
            self.fault = ""

    def days_left(self) -> Mapping[str, int]:
        """Of every certificate kept here, by its file's name below keys/."""
        now = self._clock()
        return {name: (end - now).days for name, end in self._ends.items()}

    def _read_ends(self) -> Mapping[str, datetime]:
        folder = self._data / "keys"
        return {
            path.relative_to(folder).with_suffix("").as_posix(): read_certificate(path).not_valid_after_utc
            for path in sorted(folder.rglob("*.crt"))
        }
