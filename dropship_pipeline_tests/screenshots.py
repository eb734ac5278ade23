"""`make screenshots`: draws the pictures of README anew, from a stack that has collected from the sandbox."""

import io
import json
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from dropship_pipeline.jobs.launching import run_config
from dropship_pipeline.localstack.demo import BEST_SELLERS
from dropship_pipeline_tests.browser import HEIGHT, WIDTH, browser, open_page
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, clean_environment, command, run, running
from dropship_pipeline_tests.soak.operating import LOCATION

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# Enough for flat areas and small pictures of goods, and a quarter of the bytes.
COLOURS = 128
GRAPH = f"/locations/__repository__@{LOCATION}/jobs/collect_sellers"


def draw(folder: Path) -> None:
    """Collect, and write one file a picture."""
    with tempfile.TemporaryDirectory() as home, running(Path(home) / ".dropship") as up, browser() as chromium:
        file = Path(home) / "sellers.yaml"
        file.write_text(json.dumps(run_config(BEST_SELLERS)), encoding="utf-8")
        for _ in range(2):  # what changed since the run before is part of the picture
            subprocess.run(command("run", "-c", str(file)), env=clean_environment(up.home), check=True)
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(run(up.home, "login").stdout.strip())
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state("networkidle")
        admin, dagster = (setting(up, name) for name in ("DROPSHIP_ADMIN_URL", "DROPSHIP_DAGSTER_URL"))
        open_page(page, f"{admin}/")
        page.locator(".lead[aria-current]").wait_for()
        page.wait_for_load_state("networkidle")
        shoot(page, folder / "today.png")
        seller = json.loads(run(up.home, "sellers", "--match", "accept", "--limit", "1", "--json").stdout)[0]
        open_page(page, f"{admin}/sellers/{seller['id']}")
        shoot(page, folder / "seller.png")
        page.goto(f"{dagster}{GRAPH}")
        page.get_by_text("seller_summary").first.wait_for()
        page.wait_for_load_state("networkidle")
        shoot(page, folder / "graph.png")


def setting(up: Up, name: str) -> str:
    """An address of the stack."""
    return str(up.stack()["settings"][name])


def shoot(page: Page, file: Path) -> None:
    """Write what the page shows, small."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(file, optimize=True)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    draw(IMAGES)
