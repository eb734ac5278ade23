# `make demo` and `make test` need Python 3.11, 3.12 or 3.13, git and make; everything else is installed into .venv:
# for `demo` and `up` what the program needs to run, for the other targets also what developing needs.

VENV := .venv
BIN := $(VENV)/bin
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python; do \
	$$name -c '$(SUPPORTED)' 2>/dev/null && echo $$name && break; done)
TESTS := dropship_pipeline_tests
COVER := --cov --cov-report=term:skip-covered

# A stack and the tests start many processes; each would compile everything that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test up check fix bench match-train match-eval docs screenshots soak lock clean

demo: $(VENV)/running ## one run on the sandbox marketplace, start to end, on a stack of its own
	@$(BIN)/dropship demo

up: $(VENV)/running ## the whole local stack with the Dagster UI, until Ctrl-C
	@$(BIN)/dropship up

test: $(VENV)/installed ## every test but the soaking ones, with the real servers; COVERAGE=1 measures what they cover
	$(BIN)/python -m pytest $(TESTS) --ignore $(TESTS)/soak -p no:schemathesis -n 4 --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),$(COVER))

soak: $(VENV)/installed ## kills and repeats; with MINUTES=15 for so long, beginning at another place with each commit
	$(BIN)/python -m pytest $(TESTS)/soak -m soak $(if $(MINUTES),--soak-minutes $(MINUTES))

check: $(VENV)/installed ## lint, format, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/installed ## what can be mended without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed ## speed and memory, as ratios inside one run
	$(BIN)/python -m $(TESTS).bench

docs: $(VENV)/installed ## the reference of settings and API, from the code
	$(BIN)/python -m $(TESTS).reference

screenshots: $(VENV)/installed ## the pictures of README, from a stack that collects from the sandbox; needs Chromium
	$(BIN)/python -m $(TESTS).screenshots

match-train: $(VENV)/installed ## learn the matcher's weights: DATA="a folder or CSV files of labelled pairs"
	@test -n "$(DATA)" || { echo 'Name the labelled pairs: make match-train DATA="folder more.csv"'; exit 1; }
	$(BIN)/python -m $(TESTS).match_eval train $(DATA)

match-eval: $(VENV)/installed ## the matcher's figures on the pairs of this repository, or on DATA=folder of public sets
	@$(BIN)/python -m $(TESTS).match_eval eval $(DATA)

COMPILE = $(or $(UV),$(BIN)/uv) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(VENV)/running ## pin every dependency anew: for developing, and the parts that running and a deployment's image need
	$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml
	echo hatchling | $(COMPILE) --extra celery --extra kubernetes --extra telemetry --constraint requirements.lock \
		--output-file deploy/requirements.lock pyproject.toml -
	printf 'hatchling\neditables\nuv\n' | $(COMPILE) --constraint requirements.lock \
		--output-file requirements.run.lock pyproject.toml -

clean: ## what was installed and built; local data under .dropship stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# uv takes a fifth of pip's time. Where it is not at hand pip fetches it. It knows its own certificates, or the machine's
# where a company's proxy signs anew; where neither will do, or uv knows no way to the package index that pip is set up
# for, pip installs everything.
UV := $(shell command -v uv)
INSTALL = { uv="$(UV)"; uv="$${uv:-$(BIN)/uv}"; test -x "$$uv" && for certs in "" --system-certs; do \
	"$$uv" pip install $$certs --quiet --python $(BIN)/python --require-hashes --requirement $(1) 2>$(VENV)/uv.log && \
	break; done; } || $(PIP) --require-hashes --requirement $(1)

$(VENV)/running: requirements.run.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with PYTHON=/path/to/python"; exit 1; }
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@test -n "$(UV)" || { awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.run.lock >$(VENV)/uv.txt && \
		$(PIP) --require-hashes --requirement $(VENV)/uv.txt 2>$(VENV)/uv.log; } || true
	@$(call INSTALL,requirements.run.lock)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed: requirements.lock $(VENV)/running
	@echo "Installing what developing needs ..."
	@$(call INSTALL,requirements.lock)
	@touch $@
