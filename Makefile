# Budgeteer: `make` lists what can be done.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
.DEFAULT_GOAL := help
.PHONY: help setup demo pictures test check bench eval lock

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.ready ## Install everything into .venv from the lock (two minutes, once)

demo: setup ## The whole loop on emulated platforms: questions, a recommendation, an approval, one write, its effect
	@$(BIN)/python -m demo

pictures: setup ## Draw docs/images from what the last demo said in Slack
	@$(BIN)/python -m demo.picture --demo

test: setup ## The test suite, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: setup ## Style, types, import rules, documentation
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest tests/test_layout.py tests/test_docs.py

bench: setup ## Benchmarks: ratios to a peer or a baseline
	@$(BIN)/python -m benchmarks

eval: setup ## Long simulations on the emulated market
	@$(BIN)/python -m evals

lock: ## Pin every dependency with hashes (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
