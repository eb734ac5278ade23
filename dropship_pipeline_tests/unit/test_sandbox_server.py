"""The sandbox as a process of its own: what only a real server can show."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

START_S = 30
LAMPS = {"api_key": "secret-key", "type": "search", "amazon_domain": "amazon.com", "search_term": "desk lamp"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Its address, and the file that its output goes to."""
    port_file, output = tmp_path / "port", tmp_path / "output"
    command = [sys.executable, "-m", "dropship_pipeline.sandbox.server", "--port-file", str(port_file), "--seed", "3"]
    with output.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT) as process:
        try:
            until = time.monotonic() + START_S
            while not port_file.exists() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port_file.read_text()}", output
        finally:
            process.terminate()


def test_the_written_port_answers_at_once_and_pictures_point_at_it(server: tuple[str, Path]) -> None:
    address, _ = server
    assert httpx.get(f"{address}/healthz").json()["seed"] == 3
    rows = httpx.get(f"{address}/rainforest/request", params=LAMPS).json()["search_results"]
    picture = next(row["image"] for row in rows if "/images/I/" in row.get("image", ""))
    assert picture.startswith(f"{address}/images/")
    assert httpx.get(picture).headers["content-type"] == "image/jpeg"


def test_no_key_is_written_to_the_output(server: tuple[str, Path]) -> None:
    address, output = server
    for path in ("rainforest/request", "scraperapi/", "nowhere"):
        httpx.get(f"{address}/{path}", params=LAMPS)
    assert "secret-key" not in output.read_text()


@pytest.mark.parametrize(("target", "path"), [("rainforest", "rainforest/request"), ("images", "images/s_1x2.gif")])
def test_a_dropped_connection_ends_in_the_middle_of_an_answer(server: tuple[str, Path], target: str, path: str) -> None:
    address, _ = server
    httpx.put(f"{address}/_control/faults", json={"rules": [{"target": target, "fault": "disconnect"}]})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{address}/{path}", params=LAMPS)


def test_a_client_that_has_gone_is_no_longer_counted_as_open(server: tuple[str, Path]) -> None:
    address, _ = server
    httpx.put(f"{address}/_control/faults", json={"rules": [{"target": "rainforest", "fault": "stall", "seconds": 60}]})
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{address}/rainforest/request", params=LAMPS, timeout=0.3)
    until = time.monotonic() + START_S
    while httpx.get(f"{address}/_control/stats").json()["rainforest"]["open"] and time.monotonic() < until:
        time.sleep(0.02)
    assert httpx.get(f"{address}/_control/stats").json()["rainforest"]["open"] == 0
