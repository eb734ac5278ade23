"""A database's URL as PostgreSQL's client library takes it: for this process, for other programs, and for a person.

By itself the library fills what a connection leaves open from variables such as PGSSLMODE, and with PGSERVICE set it
refuses a connection that needs none of it. They may mean a person's own database, never the local stack's: its URL is
marked, and with the first of these the variables leave the environment of the process, where the library would look.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import pq
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

# The application name in the URL of a stack's own server. It is the library's own parameter, so that the URL stays
# one that every program of PostgreSQL takes.
STACK_MARK = "dropship-stack"
PREFIX = "PG"
DEFAULT_PORT = "5432"
# What counts beside a service, which is to say the rest.
BESIDE_SERVICE = ("service", "password", "passfile")
SECRET = ("password", "sslpassword")

_taken: dict[str, str] = {}


def take_shell_variables() -> None:
    """Keep the shell's PG* variables from the client library, in this process and in those that it starts."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        _taken[name] = os.environ.pop(name)


def shell_environment() -> Mapping[str, str]:
    """The environment as the shell gave it, for a process that has to decide for itself."""
    return {**os.environ, **_taken}


def whole(url: URL) -> URL:
    """The URL as it may be given to the client library of this process.

    Args:
        url: of the stack's own database, or of a person's; to the latter is added what was taken from the library.
    """
    if url.query.get("application_name") == STACK_MARK:
        take_shell_variables()
        return url
    if not _taken:
        return url
    said = {*url.query, *url.translate_connect_args(username="user", database="dbname")}
    # The library's own list of what it knows and in which variable.
    known = {option.keyword.decode(): (option.envvar or b"").decode() for option in pq.Conninfo.get_defaults()}
    found = {keyword: _taken[variable] for keyword, variable in known.items() if variable in _taken}
    if "service" in {*said, *found}:
        found = {keyword: value for keyword, value in found.items() if keyword in BESIDE_SERVICE}
    return url.update_query_dict({keyword: value for keyword, value in found.items() if keyword not in said})


@dataclass(frozen=True, slots=True)
class ProgramAccess:
    """How one of PostgreSQL's programs reaches a database.

    Args:
        database: its argument `--dbname`; without any secret, as every user of the machine can read arguments.
        environment: the password, where there is one.
    """

    database: str
    environment: Mapping[str, str]


def program_access(url: URL) -> ProgramAccess:
    """All that the URL says, host, sockets, TLS and options included, in the form that `pg_dump` understands."""
    said = parameters(url)
    shown = {name: value for name, value in said.items() if name not in SECRET}
    password = {"PGPASSWORD": said["password"]} if "password" in said else {}
    return ProgramAccess(make_conninfo(**shown), password)


def where(url: URL) -> str:
    """Host (or the folder of the socket), port and database, for a message."""
    said = parameters(url)
    if "service" in said:
        return f"service {said['service']}"
    hosts = (said.get("host") or said.get("hostaddr") or os.environ.get("PGHOST") or "local socket").split(",")
    ports = (said.get("port") or os.environ.get("PGPORT") or DEFAULT_PORT).split(",")
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    addresses = ",".join(f"{host}:{port or DEFAULT_PORT}" for host, port in zip(hosts, ports, strict=True))
    return f"{addresses}/{said.get('dbname') or said.get('user') or ''}"


def parameters(url: URL) -> dict[str, str]:
    """What the driver gives to the library: the URL's parts and its query, by the library's names."""
    _, parameters = url.get_dialect()().create_connect_args(url)
    return {name: str(value) for name, value in parameters.items() if name != "context"}
