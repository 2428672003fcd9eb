"""PostgreSQL and Redis for benchmarks: servers of their own, with nothing left when the block ends."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness import SERVER_CORE, START_SECONDS_MAXIMUM, Failure, on_cores, stop

POSTGRES_START_SECONDS_MAXIMUM = 60
# Those of a whole system; it takes some of them.
SYSTEM_PORTS = 100


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def free_port_base():
    """The first of 100 ports that nobody has, as far as can be told now."""
    for base in range(20_000, 60_000, SYSTEM_PORTS):
        free = True
        for offset in (1, 2, 10, 11, 60, 61):
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", base + offset))
                except OSError:
                    free = False
        if free:
            return base
    raise Failure("there are not enough free ports")


def wait_for_port(port, process, name, seconds=START_SECONDS_MAXIMUM):
    """Returns when something takes connections there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Failure(f"{name} did not start")


class Redis:
    """A server that keeps nothing on disk, from `with` to the end of the block."""

    def __init__(self, cores=(SERVER_CORE,)):
        self.cores = cores

    def __enter__(self):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder.name],
            stdout=subprocess.DEVNULL, preexec_fn=on_cores(*self.cores),
        )
        try:
            wait_for_port(self.port, self.process, "redis-server")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.folder.cleanup()


class Database:
    """A PostgreSQL of its own on a Unix socket that keeps what it commits, from `with` to the end of the block."""

    def __init__(self, settings=(), cores=(SERVER_CORE,)):
        self.settings = settings
        self.cores = cores

    def __enter__(self):
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
        if not folders:
            raise Failure("there is no PostgreSQL server below /usr/lib/postgresql")
        self.programs = folders[-1]
        # It refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)
        try:
            self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
            with open(self.folder / "settings", "w") as file:
                file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\n")
                file.writelines(f"{setting}\n" for setting in self.settings)
            with open(self.data / "postgresql.conf", "a") as configuration:
                configuration.write(f"include = '{self.folder}/settings'\n")
            self.run(
                "pg_ctl", "-w", "-t", POSTGRES_START_SECONDS_MAXIMUM, "-D", self.data, "-l", self.folder / "log",
                "start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-w", "-m", "immediate", "-D", self.data, "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self):
        return self.folder / "data"

    @property
    def url(self):
        return self.url_of("postgres")

    def url_of(self, database):
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    def checkpoint(self):
        """So that no run pays for what another has written."""
        self.sql("checkpoint")

    def sql(self, *statements, database="postgres", standard_input=None):
        """Runs statements, each in a transaction of its own; what they print, without decoration.

        COPY from standard input reads the file `standard_input`."""
        words = [word for statement in statements for word in ("-c", statement)]
        return self.run(
            "psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", self.url_of(database), *words,
            standard_input=standard_input).strip()

    def run(self, program, *arguments, standard_input=None):
        """Runs one of PostgreSQL's programs; its output."""
        command = [str(word) for word in [self.programs / program, *arguments]]
        # A server that is started must not hold a pipe open.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(
            command, user=self.user, cwd="/", stdin=standard_input or subprocess.DEVNULL, stdout=output,
            stderr=output if program == "pg_ctl" else subprocess.PIPE, text=True, preexec_fn=on_cores(*self.cores),
        )
        if done.returncode:
            raise Failure(f"{program}: {(done.stderr or '').strip() or 'see its log'}")
        return done.stdout or ""
