"""The admin page beside the stack, and the link that logs in once."""

from dropship_pipeline.localstack.processes import Child
from dropship_pipeline.localstack.service import PageService
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.libpq import shell_environment
from dropship_pipeline.storage.tokens import Tokens

TOKEN_NAME = "local stack"  # noqa: S105  (a name, not a token)
PERMISSION = "admin.*"


class AdminPage(PageService):
    """The admin page and its API on 127.0.0.1.

    It gets our environment, keys included: whether a key is set decides what it says about live and sandbox data.
    """

    name = "admin"
    port_names = ("admin",)
    default_port = 8080
    url_setting = "DROPSHIP_ADMIN_URL"

    def launch(self) -> Child:
        """Start it on the wanted port or the next free one; the secrets that it needs are in `stack.json`."""
        environment = {
            **shell_environment(),
            "DROPSHIP_HOME": str(self.home.path),
            # Where it is, and not where it was wanted.
            "DROPSHIP_DAGSTER_URL": f"http://127.0.0.1:{self.home.state.ports['dagster']}",
        }
        address = ("--host", "127.0.0.1", "--port", self.choose_port())
        return self.launch_module("dropship_pipeline.admin", *address, environment=environment)


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
