# Two commands are all a newcomer needs: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
UI = api/ui
NODE = VENV=$(abspath $(VENV)) $(abspath scripts/node.sh)
UI_SOURCES = $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/dist-lib/*')

.PHONY: run test test-pythons clients check ui ui-test chaos chaos-many soak bench test-long clean

# If the dashboard cannot be built, alerts are still evaluated and delivered, and `/` explains how to build it. Channels may
# call this machine, for example a webhook's receiver on it; `OUTBOUND_REFUSE=loopback make run` forbids that.
run: $(VENV)/.server
	@$(MAKE) --no-print-directory ui || echo "The dashboard could not be built; going on without it. Try: make ui"
	@exec $(BIN)/enhanced-alerts up

# The last lines name tools that this machine does not have (a browser, Prometheus); with CI set, a missing one is a failure.
test: $(VENV)/.dev ui ui-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not long"

# Prometheus and other programs that send metrics to `ingest`, from Debian's archive and for Node, into the user's cache; 90 MB.
clients: $(VENV)/.venv
	@VENV=$(abspath $(VENV)) scripts/clients.sh

# The unit tests on every Python from 3.11 on that is installed; the output names the missing ones.
test-pythons:
	@scripts/test_pythons.sh

ui: $(UI)/dist/index.html

ui-test: $(UI)/node_modules/.package-lock.json $(VENV)/.dev
	cd $(UI) && $(NODE) npm run --silent check
	cd $(UI) && $(NODE) npm test --silent

check: $(VENV)/.dev $(UI)/node_modules/.package-lock.json
	cd $(UI) && $(NODE) npm run --silent check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 -m "not slow" tests/unit tests/contract tests/test_imports.py

# Kills, stops and restarts every process at random under a workload, and compares the result with a reference model.
SEED ?= 7
SECONDS ?= 60
FROM ?= 1
TO ?= 100
RESULTS ?= chaos-results.jsonl

chaos: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos --seed $(SEED) --seconds $(SECONDS)

chaos-many: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos --seed $(FROM) --to $(TO) --seconds $(SECONDS) --results $(RESULTS)

# Tests of failures that take long or resemble others, for use before a release; and the fakeredis unit tests, on Valkey.
test-long: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m long
	$(BIN)/python -m pytest -n 2 --redis real tests/unit/api tests/unit/dispatchers

# A million events, 10,000 series and alerts, hundreds of browsers: the memory of every process must stay flat.
soak: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos.soak

# Measures every figure and its floor (the same work without the product), and writes docs/benchmarks.json and
# docs/performance.md. To measure some rows only: make bench ONLY="drain relay".
bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks $(ONLY)

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Enhanced Alerts needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.11" % sys.version_info[:2])'
	@echo "Making the virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.server: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing pinned dependencies ..."
	@$(PIP) install -c constraints.txt -e '.[server]'
	@touch $@

$(VENV)/.dev: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing pinned dependencies, with those of the tests ..."
	@$(PIP) install -c constraints.txt -e '.[server,dev]'
	@touch $@ $(VENV)/.server

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json | $(VENV)/.venv
	@echo "Installing the dashboard's pinned dependencies ..."
	@cd $(UI) && $(NODE) npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(UI)/dist/index.html: $(UI)/node_modules/.package-lock.json $(UI_SOURCES)
	@echo "Building the dashboard ..."
	@cd $(UI) && $(NODE) npm run --silent build -- --logLevel warn
	@touch $@

clean:
	rm -rf $(VENV) .venvs $(UI)/node_modules $(UI)/dist $(UI)/dist-lib build *.egg-info .pytest_cache .mypy_cache .ruff_cache
