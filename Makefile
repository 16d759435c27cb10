# Everything a person types. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help install install-tests up down demo status clean-data test test-fast bench lint lock web

BIN := .venv/bin
UV_COMPILE := $(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## install what running needs, nothing else
	@deploy/local/python.sh runtime
	@deploy/local/kafka.sh
	@deploy/local/web.sh

up: install ## the whole system in the background, ready when this returns
	@$(BIN)/hejnal up

down: ## stop what `make up` started; data stays
	@test ! -x $(BIN)/hejnal || $(BIN)/hejnal down

demo: install ## the whole system and an evening in Przemyśl; Ctrl-C ends it
	@$(BIN)/hejnal demo

status: ## what runs, and whether it is ready
	@$(BIN)/hejnal status

clean-data: down ## forget all records, databases, secrets and logs of the local stack
	@rm -rf .local/data .local/logs .local/sandbox .local/*.json .local/*.pem .local/*.db*

install-tests: ## install what tests need
	@deploy/local/python.sh tests
	@deploy/local/test_tools.sh
	@deploy/local/kafka.sh
	@deploy/local/web.sh

test: install-tests ## every test
	@deploy/local/run_tests.sh

test-fast: install-tests ## the quick tiers: unit, flow, architecture
	@$(BIN)/python -m pytest -q $(wildcard tests/unit tests/flow tests/architecture)

bench: install-tests ## measure; ONLY=name for one benchmark
	@$(BIN)/python -m tests.bench $(ONLY)

lint: install-tests ## ruff, mypy, import contracts, shell scripts, the web's checks
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@if command -v shellcheck >/dev/null; then shellcheck -x deploy/local/*.sh .ci/run; fi
	@deploy/local/web.sh run check
	@deploy/local/web.sh run lint

web: install ## build the web

lock: ## pin all packages anew, with hashes
	@$(UV_COMPILE) requirements.in -o requirements.txt
	@$(UV_COMPILE) requirements-dev.in -o requirements-dev.txt
