# Every target sets itself up: `make up` on a bare checkout is enough.
PYTHON ?= python3
RUN := .venv/bin/python -m
PYTEST := $(RUN) pytest
COMPILE := $(RUN) piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-options --no-emit-index-url
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev up demo test coverage check fmt bench faults clean lock

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@$(PYTHON) deploy/setup.py local

setup-dev:
	@$(PYTHON) deploy/setup.py dev

up: setup ## everything on this machine, the gateway on http://127.0.0.1:8080; Ctrl-C stops it
	@exec $(RUN) deploy.local $(ARGS)

demo: setup ## a dress rehearsal of both gatherings, checked from outside (ARGS=--once leaves nothing running)
	@exec .venv/bin/foyer rehearse $(ARGS)

test: setup-dev ## all tests (ARGS="tests/unit -k name")
	$(PYTEST) --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

coverage: setup-dev ## all tests again, and what they pass through: it takes half as long again
	$(PYTEST) --numprocesses auto --maxprocesses 4 --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

check: setup-dev ## lint, types, import rules, compose schema; changes nothing
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

fmt: setup-dev ## format and mend what can be mended
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench: setup-dev ## how fast it is, measured on this machine
	@exec $(RUN) tests.bench $(ARGS)

faults: setup-dev ## everything again while processes are killed, paused and cut off
	@exec $(RUN) tests.faults $(ARGS)

clean: ## remove the state (.foyer) and what tools left; stop `make up` first
	rm -rf .foyer .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build

lock: setup-dev ## pin requirements*.in again, with hashes
	$(COMPILE) --output-file requirements.lock requirements.in
	$(COMPILE) --constraint requirements.lock --output-file requirements-local.lock requirements-local.in
	$(COMPILE) --constraint requirements-local.lock --output-file requirements-dev.lock requirements-dev.in
