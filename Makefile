# Everything sets itself up in .venv: a machine needs Python 3.11 or later with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check lint types completions coverage torture releases bench bench-quick docs dist clean

demo: $(READY) ## Edit examples/cat.jpg in a sandbox: no key, no network
	$(BIN)/seedcli edit examples/cat.jpg "make it black and white" --sandbox -o examples/cat-edited.jpg --force

test: $(READY) ## All tests, in parallel
	$(BIN)/python -m pytest -n auto --dist worksteal -q $(ARGS)

check: lint types completions ## What CI asks beside the tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

completions: $(READY) ## Are the committed completions those of the program?
	$(BIN)/python -m seedcli.cli.completions

coverage: $(READY) ## Lines and branches, of subprocesses too
	rm -f .coverage .coverage.*
	COVERAGE_FILE=$(CURDIR)/.coverage COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml \
		$(BIN)/python -m pytest -n auto -q --cov --cov-report= $(ARGS)
	$(BIN)/coverage combine -q || true
	$(BIN)/coverage report --skip-covered

torture: $(READY) ## Fail and kill at every system call (slow)
	$(BIN)/python -m pytest -n auto --dist worksteal -q -m torture tests/torture tests/runs $(ARGS)

releases: $(READY) ## The built wheel by pip, pipx and uv, on every Python that is here (slow)
	$(BIN)/python -m pytest -n auto --dist worksteal -q -m release tests/release

bench: $(READY) ## The figures of the README, with chart (slow)
	$(BIN)/python -m benchmarks

bench-quick: $(READY)
	$(BIN)/python -m benchmarks --quick

dist: $(READY) ## Source and wheel in dist/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --quiet
	$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[sandbox,heic,preview,keyring,socks,truststore]" --group dev
	touch $(READY)
