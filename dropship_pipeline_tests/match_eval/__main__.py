"""`make match-train` and `make match-eval`: learns the weights of the matcher, and measures them.

python -m dropship_pipeline_tests.match_eval train DATA [--add FILE ...]
python -m dropship_pipeline_tests.match_eval eval [DATA]
"""

import argparse
import json
import sys
from pathlib import Path

from dropship_pipeline import matching
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline_tests.match_eval.learning import Titles
from dropship_pipeline_tests.match_eval.pairs import PairsError, read_folder, read_own
from dropship_pipeline_tests.match_eval.report import own_report, transfer_report
from dropship_pipeline_tests.match_eval.training import train

MODEL = Path(str(matching.__path__[0])) / "model.json"


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands; the exit status is 2 where a file cannot be read."""
    parser = argparse.ArgumentParser(prog="match_eval", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="learn model.json anew")
    training.add_argument("data", type=Path, nargs="+", help="a folder of labelled pairs, or CSV files")
    training.add_argument("--version", default=None, help="the new version; the old one with its last number raised")
    evaluation = commands.add_parser("eval", help="print figures")
    evaluation.add_argument("data", type=Path, nargs="?", help="a folder of public sets, or one CSV file")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "train":
            files = [file for path in chosen.data for file in read_folder(path)]
            written = train(files, read_own("development"), chosen.version or _next(shipped_model_version()), _say)
            MODEL.write_text(f"{json.dumps(written, ensure_ascii=False, separators=(',', ':'))}\n", encoding="utf-8")
            _say(f"wrote {MODEL}, version {written['version']}; run `make match-eval` and the tests, then commit it")
        elif chosen.data:
            sys.stdout.write(f"{transfer_report(read_folder(chosen.data), shipped_model(), Titles(), _say)}\n")
        else:
            sys.stdout.write(f"{own_report(shipped_model(), Titles())}\n")
    except PairsError as problem:
        _say(str(problem))
        return 2
    return 0


def shipped_model_version() -> str:
    """Version of the file as it stands, also where its features are those of older rules."""
    version: str = json.loads(MODEL.read_text(encoding="utf-8")).get("version", "1.0")
    return version


def _next(version: str) -> str:
    head, _, last = version.rpartition(".")
    return f"{head}.{int(last) + 1}"


def _say(line: str) -> None:
    sys.stderr.write(f"match: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
