# Two commands do all set-up, on a machine with Python 3.11 or newer and make:
#   make run     the demo city, on http://127.0.0.1:8000 (PORT=…)
#   make test    everything that CI runs (ARGS="-k loss" goes to pytest)

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
NPM := $(BIN)/python .setup/pages.py npm

.PHONY: help run test check bench fuzz city build install install-dev clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## show this list
	@awk -F ': [^#]*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## start the demo city (PORT=8000); its data live in var/
	@exec $(BIN)/ecard demo --port $(PORT)

test: install-dev build check ## run everything that CI runs (ARGS=… goes to pytest)
	$(NPM) test
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile $(ARGS)

check: install-dev ## formats, lints, types, layers
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent check

bench: install-dev build ## measure what the design promises, beside its references
	@$(BIN)/python -m tests.bench $(ARGS)

fuzz: install-dev ## ten million hostile inputs (ARGS="--runs 100000" for fewer)
	@$(BIN)/python -m tests.fuzz $(ARGS)

city: install-dev ## simulate the verifiers of twenty million cards for thirty days
	@$(PYTHON) .setup/bootstrap.py server embedded dev plot
	@$(BIN)/python -m tests.simulation --plot docs/simulated-city.svg $(ARGS)

build: install ## build the browser pages into static/dist
	@$(BIN)/python .setup/pages.py build

install:
	@$(PYTHON) .setup/bootstrap.py server embedded

install-dev:
	@$(PYTHON) .setup/bootstrap.py server embedded dev

clean: ## remove what was installed and built; the data in var/ stay
	rm -rf .venv .stamps static/node_modules static/dist build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
