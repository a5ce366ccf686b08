# StarWatch 满天星. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/starwatch/target
export PYO3_PYTHON := $(CURDIR)/$(PYTHON)
export PATH := $(PATH):$(CURDIR)/.venv/bin
DATA ?= var
comma := ,

.PHONY: help setup up demo test check ci soak bench fmt lock generate \
        check-python check-rust check-web test-rust test-python test-web slices

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install and build what is missing (each other target does it by itself)
	@deploy/setup

up: setup ## start the appliance; Ctrl-C stops it (DATA=folder, default var; IF=ens2f0 listens there, IF=? lists interfaces)
ifeq ($(IF),?)
	@.venv/bin/starwatch sensor interfaces
else
	@exec .venv/bin/starwatch --data $(DATA) up $(foreach name,$(subst $(comma), ,$(IF)),--interface $(name))
endif

demo: setup ## the same with a small town's traffic made here, attacks included
	@exec .venv/bin/starwatch --data $(DATA) up --demo

test: setup check test-rust test-python test-web ## the quick tier: checks and tests, at most 10 minutes after set-up

check: setup check-python check-rust check-web ## style, types, stubs, import rules

check-python:
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m mypy.stubtest --concise sensor._native analyzer._native

check-rust:
	@cargo fmt --all --check
	@cargo clippy --release --locked --workspace --all-targets --quiet -- -D warnings

check-web:
	@cd console/web && npm run --silent check

test-rust:
	@cargo test --release --locked --workspace --quiet

test-python:
	@$(PYTHON) -m pytest -q -m "not slice and not soak"

test-web:
	@cd console/web && npm test --silent

slices: setup ## the bounded slices of the long tests
	@STARWATCH_SLICE=1 $(PYTHON) -m pytest -q -m "slice and not soak"
	@STARWATCH_SLICE=1 cargo test --release --locked --workspace --quiet

ci: test slices ## the quick tier and the slices, at most 60 minutes on two cores

soak: setup ## every long test at its full count (hours)
	@STARWATCH_SOAK=1 cargo test --release --locked --workspace
	@STARWATCH_SOAK=1 $(PYTHON) -m pytest -m "slice or soak"

bench: setup ## measure the real path in release; a table and bench-out/*.json
	@$(PYTHON) -m tests.bench

fmt: setup ## format everything
	@$(PYTHON) -m ruff check -q --fix . ; $(PYTHON) -m ruff format -q .
	@cargo fmt --all
	@cd console/web && npx eslint . --fix

lock: setup ## make requirements.lock anew from requirements.in
	@$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install -q pip-tools
	@.venv/lock/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock requirements.in

generate: setup ## write the generated files (OpenAPI, TypeScript types, README tables)
	@$(PYTHON) -m console.api.schema > console/web/openapi.json
	@cd console/web && npm run --silent types
	@$(PYTHON) -m tests.generated
