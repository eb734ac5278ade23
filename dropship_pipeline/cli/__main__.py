"""`python -m dropship_pipeline.cli` is `dropship`."""

from dropship_pipeline.cli.app import app

if __name__ == "__main__":
    app()
