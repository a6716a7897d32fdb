# k3c: `make` alone lists the targets. The two that a newcomer needs are `make run` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LIBEXEC := $(VENV)/libexec/k3c
PYTHON ?= python3
K3C := $(BIN)/k3c
EXAMPLE := examples/hello
WORKERS ?= 2
# Each worker has a daemon of its own; a file's tests stay together. What failed is told at the end, by the tests.
INTEGRATION = -q -rN -n $(WORKERS) --dist loadfile tests/integration
# What Python compiles is kept in .venv, also where it is told to keep none: each call of k3c is a quarter shorter.
COMPILED = PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/$(VENV)/pycache
N ?= 10
LOAD ?= 0
ROUNDS ?= 9
ONLY ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Debian packages: to build the runtime, to run it, and to test it.
BUILD_PACKAGES := gcc libc6-dev musl-tools libseccomp-dev pkg-config python3-venv
RUN_PACKAGES := iptables iproute2 util-linux mount procps busybox-static
TEST_PACKAGES := docker-registry apache2-utils libcap2-bin openssh-client

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- set-up ----------------------------------------------------------------------------------

$(VENV)/.packages: Makefile | $(VENV)/.made
	@packaging/debian-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)
	@touch $@

$(VENV)/.test-packages: Makefile | $(VENV)/.made
	@packaging/debian-packages $(TEST_PACKAGES)
	@touch $@

$(VENV)/.made:
	@packaging/debian-packages python3-venv
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.python: requirements-dev.lock pyproject.toml | $(VENV)/.made
	@echo "installing Python packages"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: runtime
runtime: $(VENV)/.packages
	@$(PYTHON) runtime/build.py --tests --link $(LIBEXEC)

.PHONY: setup
setup: $(VENV)/.python runtime ## install what k3c needs into .venv
	@cmp --silent $(LIBEXEC)/k3c-launcher $(K3C) || install $(LIBEXEC)/k3c-launcher $(K3C)

.PHONY: setup-test
setup-test: setup $(VENV)/.test-packages

# ---- using it --------------------------------------------------------------------------------

$(EXAMPLE)/busybox: $(VENV)/.packages
	@cp /bin/busybox $@

.PHONY: run
run: setup $(EXAMPLE)/busybox ## start the daemon, build the example and run it
	@packaging/dev-daemon start $(K3C)
	@$(K3C) build --progress quiet --tag hello $(EXAMPLE)
	@$(K3C) run --rm hello
	@packaging/dev-daemon next $(K3C)

.PHONY: stop
stop: ## stop the daemon that `make run` started; containers go on
	@packaging/dev-daemon stop $(K3C)

.PHONY: clean
clean: ## take the daemon, its containers, images, volumes and .venv away
	@packaging/dev-daemon purge $(K3C)
	@rm -rf $(VENV) $(EXAMPLE)/busybox .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# ---- checking it -----------------------------------------------------------------------------

.PHONY: test
test: setup-test check unit integration ## everything CI checks

.PHONY: check
check: $(VENV)/.python format-check lint types layers stubs-check

.PHONY: format-check
format-check:
	@$(BIN)/ruff format --quiet --check .

.PHONY: lint
lint:
	@$(BIN)/ruff check --no-cache --quiet .

.PHONY: types
types:
	@$(BIN)/mypy

.PHONY: layers
layers:
	@$(BIN)/lint-imports

.PHONY: stubs-check
stubs-check:
	@$(BIN)/python tools/generate_stubs.py --check

.PHONY: unit
unit: $(VENV)/.python ## unit tests
	@$(COMPILED) $(BIN)/pytest -q tests/unit

.PHONY: integration
integration: setup-test ## integration tests, on runtimes of their own
	@$(COMPILED) $(BIN)/pytest $(INTEGRATION)

# ---- longer runs -----------------------------------------------------------------------------

.PHONY: flakes
flakes: setup-test ## the integration tests N times in a random order; LOAD=2 keeps two cores busy meanwhile
	@$(COMPILED) $(BIN)/python tools/flakes.py --runs $(N) --load $(LOAD) -- $(INTEGRATION)

.PHONY: soak
soak: setup-test ## streams, kills and images, many times over
	@$(BIN)/pytest -q tests/soak

.PHONY: fuzz
fuzz: $(VENV)/.python ## what people type, and every property the unit tests state, thousands of times
	@$(BIN)/pytest -q -p hypothesispytest --hypothesis-profile fuzz -m hypothesis tests/fuzz tests/unit

.PHONY: bench
bench: setup-test ## k3c against docker and podman, in turns (ROUNDS=9 ONLY=ps,exec); writes docs/performance.md
	@command -v dockerd >/dev/null || $(PYTHON) runtime/build.py --peer --link $(VENV)/libexec/bench
	@$(BIN)/python -m bench --rounds $(ROUNDS) --only "$(ONLY)"

.PHONY: compare
compare: setup-test ## what k3c and docker answer to the same command lines, side by side (ONLY=run,logs)
	@command -v dockerd >/dev/null || $(PYTHON) runtime/build.py --peer --link $(VENV)/libexec/bench
	@$(BIN)/python -m compare --only "$(ONLY)"

# ---- working on it ---------------------------------------------------------------------------

.PHONY: format
format: $(VENV)/.python ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

.PHONY: stubs
stubs: $(VENV)/.python ## generate the gRPC modules from the .proto files
	@$(BIN)/python tools/generate_stubs.py

.PHONY: docs
docs: $(VENV)/.python ## write the table of all error sentences, docs/errors.md
	@$(BIN)/python -m tools.errors_table

.PHONY: templates
templates: ## what Go makes of the templates of the tests, written anew (needs go)
	@cd tests/unit/cli/go_templates && go run main.go

.PHONY: lock
lock: ## compile the locked requirements anew (needs uv)
	@for group in "" "--group dev"; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml $$group --python-version 3.11 --universal \
	    --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
	    --output-file requirements$${group:+-dev}.lock; \
	done
