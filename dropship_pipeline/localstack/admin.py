"""The admin page beside the stack, and the link that logs in once."""

import sys
from http import HTTPStatus
from pathlib import Path

import httpx

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.ports import free_port_for
from dropship_pipeline.localstack.processes import MARK, Child
from dropship_pipeline.localstack.service import Service
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.libpq import shell_environment
from dropship_pipeline.storage.tokens import Tokens

DEFAULT_PORT = 8080
TOKEN_NAME = "local stack"  # noqa: S105  (a name, not a token)
PERMISSION = "admin.*"


class AdminPage(Service):
    """The admin page and its API on 127.0.0.1.

    It gets our environment, keys included: whether a key is set decides what it says about live and sandbox data.

    Args:
        home: the stack's folder.
        wanted_url: where it should be; the next free port is taken if that one is not.
    """

    name = "admin"
    port_names = ("admin",)

    def __init__(self, home: StackHome, wanted_url: str) -> None:
        super().__init__(home)
        self._wanted_url = wanted_url

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.home.state.ports['admin']}"

    def launch(self) -> Child:
        """Start it on the wanted port or the next free one; the secrets that it needs are in `stack.json`."""
        port = free_port_for(self._wanted_url, DEFAULT_PORT, "DROPSHIP_ADMIN_URL")
        self.home.state.ports["admin"] = port
        return Child(
            [sys.executable, "-m", "dropship_pipeline.admin", "--host", "127.0.0.1", "--port", str(port)],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment={
                **shell_environment(),
                "DROPSHIP_HOME": str(self.home.path),
                # Where it is, and not where it was wanted.
                "DROPSHIP_DAGSTER_URL": f"http://127.0.0.1:{self.home.state.ports['dagster']}",
                MARK: self.mark,
            },
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.url}/livez", trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


def login_link(database_url: str, org: str, admin_url: str) -> str:
    """A link that logs in to the admin page, once and within ten minutes.

    It belongs to a token that is made at the first start and never shown.

    Args:
        database_url: the database that the admin page works with.
        org: whose data it shows.
        admin_url: where it is.

    Raises:
        StorageUnavailable: the database does not answer, or lacks the tables.
    """
    database = Database(database_url)
    try:
        tokens = Tokens(database)
        code = tokens.make_login_link(_own_token(tokens, org))
    finally:
        database.close()
    return f"{admin_url}/login/once/{code.get_secret_value()}"


def _own_token(tokens: Tokens, org: str) -> int:
    for token in tokens.list(org):
        if token.name == TOKEN_NAME and token.revoked_at is None and token.expires_at is None:
            return token.id
    return tokens.create(TOKEN_NAME, [PERMISSION], org=org).token.id
