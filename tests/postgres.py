"""A PostgreSQL server on loopback, as a user of its own and with a password."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "matchcut"
DATABASE = "films"


def binaries() -> Path | None:
    """Where Debian, or whoever packages it, has put the server; the newest one, or None."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: int(path.parent.parent.name)).parent
    there = shutil.which("postgres")
    return Path(there).resolve().parent if there else None


class Postgres:
    """One server with one database.

    A test that kills a process wants it to be quick and to survive that process; what survives a
    power cut is not in question, so it does not wait for the disk.
    """

    def __init__(self) -> None:
        there = binaries()
        assert there is not None
        self._bin = there
        # The server refuses to be root: then it is Debian's own user for it.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="matchcut-postgres-"))
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.password = secrets.token_hex(12)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._data = self.folder / "data"
        word = self.folder / "password"
        word.write_text(self.password)
        word.chmod(0o644)
        self._run(
            *("initdb", "-D", str(self._data), "-U", USER, "--auth=scram-sha-256", "-E", "UTF8"),
            *(f"--pwfile={word}", "--no-sync", "--no-locale"),
        )
        word.unlink()

    @property
    def address(self) -> str:
        """With the password in it."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def plain_address(self) -> str:
        """Without it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off -c max_connections=200"
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-o", options, "-w", "start")

    def fresh(self) -> None:
        """An empty database, whatever there was."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER)
        self._run("dropdb", *where, "--if-exists", "--force", DATABASE, PGPASSWORD=self.password)
        self._run("createdb", *where, DATABASE, PGPASSWORD=self.password)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` cuts every connection, `immediate` is as if it were killed."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def close(self) -> None:
        """Stop it and remove all that it had."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str, **more: str) -> None:
        done = subprocess.run(
            [self._bin / name, *arguments],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            env={**os.environ, **more},
            # The server keeps what it is given open for as long as it runs.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if name != "pg_ctl" else subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
