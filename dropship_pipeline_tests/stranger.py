"""Another user of the same machine, for tests that attack the stack as one: code that runs under a second user id.

Only root can become somebody else, so these tests are skipped for others, and run where CI is root.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

NOBODY = 65_534
NEEDS_ROOT = "only root can start a process of another user of the machine"
# Everything is imported before the user changes: he may not be able to read this project's folder.
_PROLOGUE = """
import json, os, sys
import encodings.idna
import grpc
from dropship_pipeline_tests import seaweed_attack
grpc.insecure_channel("127.0.0.1:1").close()
given = json.loads(sys.stdin.read())
if given.pop("becomes_nobody"):
    os.chdir("/"); os.setgroups([]); os.setgid(65534); os.setuid(65534)
def told(value):
    print(json.dumps(value)); sys.stdout.flush(); os._exit(0)
"""


def need_another_user() -> None:
    """Skip the test where no other user can be had."""
    if os.geteuid() != 0:
        pytest.skip(NEEDS_ROOT)


def as_another_user(code: str, *, nobody: bool = True, **given: Any) -> Any:
    """Run `code` as another user; it finds `given` as a dict and ends with `told(value)`, which is returned.

    Args:
        code: Python, without this process's environment.
        nobody: False for the same as the stack's owner, to prove that what is tried would work.
        given: what the code gets, as JSON.
    """
    if nobody:
        need_another_user()
    done = subprocess.run(
        [sys.executable, "-c", _PROLOGUE + code],
        input=json.dumps({**given, "becomes_nobody": nobody}),
        env=_bare_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _bare_environment() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "GRPC_VERBOSITY": "NONE"}
