"""Where the embedded servers of one checkout keep their data, sockets and pid files."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]

#: Sockets stand under this short root, because an address of more than about 107 bytes can't be bound.
#: Source: unix(7), sun_path is 108 bytes.
SHORT_ROOT = Path("/var/tmp")  # noqa: S108 - the folder inside is 0700 and its owner is checked

DATABASE_NAME = "muster"
OWNER_ROLE = "muster_owner"
APP_ROLE = "muster_app"

#: First port of the range from which each checkout takes its own for the Stripe stand-in.
STAND_IN_FIRST_PORT = 21000
STAND_IN_PORTS = 4000


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one checkout's servers, different for each checkout, user and `MUSTER_HOME`."""

    home: Path

    @property
    def _digest(self) -> str:
        return hashlib.sha256(f"{self.home}:{os.getuid()}".encode()).hexdigest()

    @property
    def sockets(self) -> Path:
        """Short folder that holds the sockets; as root it also holds the data."""
        return SHORT_ROOT / f"muster-{self._digest[:10]}"

    @property
    def data(self) -> Path:
        """Folder of the servers' data: root's servers run as another account, which may not reach `home`."""
        return self.sockets if os.getuid() == 0 else self.home

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.data / "valkey"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def pids(self) -> Path:
        return self.home / "run"

    @property
    def stand_in_port(self) -> int:
        """The port of the Stripe stand-in, the same at each start so that other shells find it."""
        return STAND_IN_FIRST_PORT + int(self._digest[:8], 16) % STAND_IN_PORTS

    def database_url(self, role: str, database: str = DATABASE_NAME) -> str:
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.sockets}/valkey.sock"
