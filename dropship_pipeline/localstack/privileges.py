"""Runs one program as an ordinary user: PostgreSQL refuses to run as root or as a user without a name.

No user is added and no permission of an existing folder is changed.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dropship_pipeline.localstack.home import StackError

NOBODY = 65_534


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """How to start a program as an ordinary user: what to put before it, and whose its files must be."""

    prefix: tuple[str, ...]
    owner: int


@cache
def unprivileged() -> Unprivileged:
    """Find a way that works here; an ordinary user with a name needs none.

    Raises:
        StackError: there is none.
    """
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return Unprivileged((), user)
    # A user namespace in which we are called nobody: files stay ours, and our folders stay readable.
    namespace = Unprivileged(("unshare", "--user", f"--map-user={NOBODY}", "--"), user)
    # Containers mostly forbid namespaces; the one capability lets nobody reach a stack in a folder of root's.
    identity = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    other_user = Unprivileged(("setpriv", *identity, *capability, "--"), NOBODY)
    for way in (namespace, other_user):
        if _works(way.prefix):
            return way
    raise StackError(
        "PostgreSQL refuses to run as root or as a user without a name, and neither `unshare` nor `setpriv` may be "
        "used here: start the stack as an ordinary user, or set DROPSHIP_DATABASE_URL to a database of your own"
    )


def give(path: Path, owner: int) -> None:
    """Make `path` and all that is under it belong to `owner`; does nothing where the top already does."""
    if path.stat().st_uid == owner:
        return
    # The top comes last, so that an interrupted walk is taken up again.
    for folder, _, files in os.walk(path, topdown=False):
        for file in files:
            os.chown(Path(folder) / file, owner, -1, follow_symlinks=False)
        os.chown(folder, owner, -1)


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        probe = subprocess.run([*prefix, "true"], check=False, capture_output=True)  # noqa: S603  (constants)
    except FileNotFoundError:
        return False
    return probe.returncode == 0
