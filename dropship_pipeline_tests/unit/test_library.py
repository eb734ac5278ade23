"""A program of somebody else that uses the library: it knows the public names and nothing of the inside."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dropship_pipeline.collection.manager import ProductCollectionManager
from dropship_pipeline.errors import AmazonApiError, CollectionError, CollectionStoppedError, EbayApiError

README = Path(__file__).parents[2] / "README.md"
LINES = 10


class Shelves:
    """A marketplace whose products are dicts; a query that it does not know fails."""

    def __init__(self, shelves: Mapping[str, list[Any]], error: type[Exception]) -> None:
        self.shelves, self.error = shelves, error

    async def collect_products(self, query: str, top_k: int) -> list[Any]:
        await asyncio.sleep(0)
        if query not in self.shelves:
            raise self.error(f"no answer for {query}")
        return self.shelves[query][:top_k]


class Cellar:
    """Keeps what has an id or a sku; one product does not fit in."""

    def __init__(self, too_big: str) -> None:
        self.kept: list[tuple[str, str, str]] = []
        self.too_big = too_big

    async def store_product(self, product: Any, job_id: str, platform: str) -> None:
        await asyncio.sleep(0)
        name = product.get("id") or product["sku"]
        if name == self.too_big:
            raise OSError(f"{name} does not fit")
        self.kept.append((job_id, platform, name))


AMAZON: dict[str, list[Any]] = {
    "lamp": [{"id": "a1", "title": "Lamp"}, {"id": "a2", "title": "Big lamp"}, {"sku": "a3", "title": "Lamp, red"}],
    "mat": [{"id": "a4", "title": "Mat"}, "a mat, as text", {"id": "a5", "title": "Mat, blue"}],
}
EBAY: dict[str, list[Any]] = {"lamp": [{"id": "e1", "title": "Lamp"}], "mat": [{"id": "e2", "title": "Mat"}, None, 7]}
JOB = "März 2026/№ 1: «a b»"


async def test_a_program_written_for_the_public_names_gets_its_counts_and_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cellar = Cellar(too_big="a2")
    manager = ProductCollectionManager(
        collectors={"amazon": Shelves(AMAZON, AmazonApiError), "ebay": Shelves(EBAY, EbayApiError)},
        image_storage_manager=cellar,
    )
    with caplog.at_level("INFO", "dropship-product-finder"):
        counts = await manager.collect_and_store_products(JOB, ["lamp", "kite", "mat", "lamp"], 5, 5)
    assert counts == (6, 3)  # equal queries are asked as often as they are given
    assert sorted({name for _, _, name in cellar.kept}) == ["a1", "a3", "a4", "a5", "e1", "e2"]
    assert {(job, platform) for job, platform, _ in cellar.kept} == {(JOB, "amazon"), (JOB, "ebay")}
    lines = [record.getMessage() for record in caplog.records]
    for line in (
        f"[amazon] Worker START job={JOB}",
        f"[ebay] Worker START job={JOB}",
        "[amazon] Collect failed for query='kite': no answer for kite",
        "[ebay] Collect failed for query='kite': no answer for kite",
        "[amazon] Store failed (id=a2) for query='lamp': a2 does not fit",
        f"[amazon] Worker END job={JOB}, count=6",
        f"[ebay] Worker END job={JOB}, count=3",
    ):
        assert line in lines
    assert sum(line.startswith("[amazon] Store failed (id=None) for query='mat'") for line in lines) == 1
    assert sum(line.startswith("[ebay] Store failed (id=None) for query='mat'") for line in lines) == 2
    assert lines[-1] == f"Collection {JOB} completed: amazon 6 and ebay 3 products stored"


async def test_products_may_be_objects_of_any_class(caplog: pytest.LogCaptureFixture) -> None:
    class Odd:
        @property
        def id(self) -> str:
            raise RuntimeError("no id today")

    class Open:
        async def store_product(self, product: Any, job_id: str, platform: str) -> None:
            assert product.title

    shelves = {"q": [SimpleNamespace(sku=7, title="Seven"), Odd(), SimpleNamespace(id="x"), object()]}
    manager = ProductCollectionManager({"amazon": Shelves(shelves, KeyError), "ebay": Shelves({}, KeyError)}, Open())
    assert await manager.collect_and_store_products("job", ["q"], 9, 0) == (1, 0)
    failed = [line for line in (record.getMessage() for record in caplog.records) if "Store failed" in line]
    assert [line.partition(" for ")[0] for line in failed] == [
        "[amazon] Store failed (id=None)", "[amazon] Store failed (id=x)", "[amazon] Store failed (id=None)",
    ]  # fmt: skip


async def test_the_summary_is_not_said_before_the_slower_worker_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    class Slow(Shelves):
        async def collect_products(self, query: str, top_k: int) -> list[Any]:
            await asyncio.sleep(0.05)
            return await super().collect_products(query, top_k)

    manager = ProductCollectionManager({"amazon": Shelves(AMAZON, KeyError), "ebay": Slow(EBAY, KeyError)}, Cellar(""))
    with caplog.at_level("INFO", "dropship-product-finder"):
        await manager.collect_and_store_products("job", ["lamp"], 5, 5)
    assert [record.getMessage().partition(" job")[0] for record in caplog.records][-2:] == [
        "[ebay] Worker END", "Collection",
    ]  # fmt: skip


async def test_a_stop_ends_both_workers_before_the_caller_hears_of_it() -> None:
    ended = []

    class Stopped(Shelves):
        async def collect_products(self, query: str, top_k: int) -> list[Any]:
            raise CollectionStoppedError("stop")

    class Waiting(Shelves):
        async def collect_products(self, query: str, top_k: int) -> list[Any]:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(query)
            return []

    manager = ProductCollectionManager({"amazon": Stopped({}, KeyError), "ebay": Waiting({}, KeyError)}, Cellar(""))
    with pytest.raises(CollectionError):
        await manager.collect_and_store_products("job", ["q"], 5, 5)
    assert ended == ["q"]


def test_the_lines_in_the_readme_run_and_print_what_they_say(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    assert len([line for line in code.splitlines() if line.strip()]) == LINES
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (said,) = re.findall(r"# prints (.*)$", code, re.M)
    assert done.stdout.splitlines()[-1] == said
