"""The demo and the stack in the shell of somebody who works with other servers, too."""

import subprocess
from pathlib import Path

import httpx
import pytest

from dropship_pipeline_tests.integration.test_stack_supervisor import (
    READY,
    Up,
    clean_environment,
    command,
    run,
    running,
)
from dropship_pipeline_tests.soak import foreign

pytestmark = pytest.mark.soak
DEMO_S = 600


def demo(home: Path, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command("demo"), env=clean_environment(home) | variables, capture_output=True, text=True, check=False,
        timeout=DEMO_S,
    )  # fmt: skip


def test_the_demo_completes_in_a_shell_full_of_others_variables_and_asks_no_proxy(tmp_path: Path) -> None:
    with foreign.proxy() as (url, asked):
        variables = {**foreign.POSTGRES, **foreign.AWS, **foreign.CERTIFICATES, **foreign.proxies(url)}
        done = demo(tmp_path / "home", variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Run 1 completed" in done.stdout
    assert "Run 2 completed" in done.stdout
    assert "likeliest to sell what Amazon ships" in done.stdout
    assert "One match of " in done.stdout
    assert asked == []


def test_the_demo_completes_beside_a_socks_proxy_that_nobody_can_use(tmp_path: Path) -> None:
    done = demo(tmp_path / "home", {**foreign.SOCKS, "PGSERVICE": "nowhere"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stack_and_a_run_beside_it_work_in_a_shell_full_of_others_variables(tmp_path: Path) -> None:
    with foreign.proxy() as (url, asked):
        variables = {**foreign.POSTGRES, **foreign.AWS, **foreign.CERTIFICATES, **foreign.proxies(url)}
        with running(tmp_path / "home", **variables) as up:
            assert launched(up, variables) == 0
            settings = up.stack()["settings"]
            for name in ("DROPSHIP_DAGSTER_URL", "DROPSHIP_ADMIN_URL"):
                assert httpx.get(f"{settings[name]}/livez", trust_env=False).status_code == 200
            doctor = run(up.home, "doctor", **variables)
    assert READY in "".join(up.said)
    assert asked == []
    assert doctor.returncode == 0, doctor.stdout
    assert "note   dagster" in doctor.stdout


def launched(up: Up, variables: dict[str, str]) -> int:
    """Run the job beside the stack as a person types it; its exit code."""
    python, *_ = command()
    dagster = [python, "-m", "dagster", "job", "execute", "-m", "dropship_pipeline.definitions"]
    environment = {**clean_environment(up.home), **variables, "DAGSTER_HOME": str(up.home / "dagster")}
    job = ["-j", "collect_and_store", "-c", "examples/collect_and_store.yaml"]
    return subprocess.run([*dagster, *job], env=environment, check=False, timeout=DEMO_S).returncode
