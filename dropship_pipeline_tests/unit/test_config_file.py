"""A run configuration in a file is refused where something in it would be passed over in silence."""

from pathlib import Path

import pytest

from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.errors import RequestInvalid


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ops: {best_sellers: {config: {max_credit: 5}}}", "did you mean max_credits?"),
        ("ops: {best_sellers: {confg: {max_credits: 5}}}", "confg is not known here; did you mean config?"),
        ("ops: {best_sellers: {max_credits: 5}}", "max_credits is not known here; there are config"),
        ("ops: {best_sellers: [5]}", "write `config:`"),
        ("op: {best_sellers: {}}", "configures neither"),
        ("{ops: {best_sellers: {}}, loger: {}}", "loger is not known here; did you mean loggers?"),
    ],
)
def test_what_is_misspelled_is_named_with_what_was_probably_meant(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(RequestInvalid) as refused:
        read_config(path)
    assert said in str(refused.value)


def test_settings_beside_loggers_and_executor_are_read(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("{execution: {}, loggers: {}, ops: {best_sellers: {config: {max_products: 3}}}}")
    assert read_config(path).model_dump()["max_products"] == 3
