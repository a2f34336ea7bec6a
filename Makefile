# The interpreter: the first of python3, python3.13, ... that is new enough, in .venv.
# PYTHON=python3.12 picks another, which gets a directory of its own: .venv-3.12.
ifdef PYTHON
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none)
else
VENV := .venv
endif
RUN := $(VENV)/bin/python -m
UV := uv==0.13.9

PORT ?= 8000
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help serve test test-all schemathesis lint format bench proof sbom models lock clean

help: ## print this list
	@echo "make serve PORT=8001 ARGS='--seed 1' -- PORT, ARGS and PYTHON can be set for every target"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 14

serve: $(VENV)/serve.installed ## start the mock on http://127.0.0.1:8000
	@$(RUN) mockserver serve --port $(PORT) $(ARGS)

# The suite runs against the contracts that differ most: the oldest, the pinned one, the newest, and
# another model. `make test-all` also runs it against every contract, without a server.
SUITE := -p mockserver.verify.suite.options --headers on $(patsubst %,--contract %, \
	dall-e-2@2024-09-10 dall-e-2@2025-08-19 dall-e-2@2026-01-16 dall-e-3@2026-01-16)

# Each process that the tests start finds the bytecode of those before it, whatever the caller set.
test test-all: export PYTHONDONTWRITEBYTECODE =

# A test that hangs fails, and its stack says where. No setting: a live run may take that long.
TIMEOUT := -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true

# One process more than two cores have: a fifth of the time passes in waiting.
test: $(VENV)/dev.installed ## run the tests (ARGS='-k journal' for some of them)
	$(RUN) pytest --numprocesses 3 --dist worksteal $(TIMEOUT) $(SUITE) $(ARGS)

test-all: $(VENV)/dev.installed $(VENV)-clients/clients.installed ## run every test, also those that take long
	$(RUN) pytest --numprocesses 2 --dist worksteal -m '' $(ARGS)

schemathesis: $(VENV)/serve.installed $(VENV)-schemathesis/schemathesis.installed ## test the mock against its OpenAPI documents
	$(RUN) mockserver run -- sh -c 'for document in openapi.json __admin/openapi.json; do \
		$(VENV)-schemathesis/bin/schemathesis --config-file tests/schemathesis.toml \
		run "$${AIMLAPI_BASE_URL%/v1}/$$document" $(ARGS) || exit; done'

lint: $(VENV)/dev.installed ## check style, format, types, workflows and the Containerfile
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(VENV)/bin/zizmor --offline --no-progress --quiet action.yml .github
	$(VENV)/bin/hadolint Containerfile
	$(RUN) mypy

format: $(VENV)/dev.installed ## mend style and format
	$(RUN) ruff check --fix
	$(RUN) ruff format

bench: $(VENV)/dev.installed ## measure the mock beside other mock servers (needs wrk)
	$(RUN) benchmarks $(ARGS)

proof: $(VENV)/dev.installed ## build wheel and sdist, and prove them in an empty environment (ARGS=dist keeps them)
	$(VENV)/bin/python .ci/prove_wheel $(ARGS)

sbom: $(VENV)-release/release.installed ## write the locked packages of the mock into sbom.cdx.json
	$(VENV)-release/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--output-file sbom.cdx.json requirements/serve.txt

models: $(VENV)/serve.installed ## import the provider's documents again (DOCUMENTS=folder with index.json)
	$(RUN) mockserver import --force --into schemas $(DOCUMENTS)
	for file in schemas/shared/*; do grep -rqF "$$(basename $$file)" --include=contract.json schemas || rm "$$file"; done

lock: $(VENV)/serve.installed ## make the locks again (ARGS=--upgrade for the newest versions)
	$(RUN) pip install --quiet $(UV)
	$(call compile,serve,--extra metrics --extra redis pyproject.toml)
	$(call compile,dev,--extra contract --extra metrics --extra redis --group dev --constraint requirements/serve.txt pyproject.toml)
	$(call compile,clients,--group clients)
	$(call compile,schemathesis,--group schemathesis)
	$(call compile,release,--group release)

clean: ## remove what make has made
	rm -rf .venv .venv-* .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache dist sbom.cdx.json

compile = $(RUN) uv pip compile --quiet --universal --generate-hashes --no-config \
	--custom-compile-command 'make lock' --output-file requirements/$(1).txt $(2) $(ARGS)

# A stamp is newer than its lock when the venv holds what the lock says. The interpreter is a
# prerequisite so that a venv whose Python has gone, or was upgraded, is made anew.
$(VENV)/%.installed: requirements/%.txt requirements/install $(VENV)/bin/python
	@sh requirements/install $(VENV) $* $(PYTHON)

$(VENV)/dev.installed: $(VENV)/serve.installed

$(VENV)-clients/clients.installed: requirements/clients.txt requirements/install $(VENV)-clients/bin/python
	@sh requirements/install $(VENV)-clients clients $(PYTHON)

$(VENV)-schemathesis/schemathesis.installed: requirements/schemathesis.txt requirements/install $(VENV)-schemathesis/bin/python
	@sh requirements/install $(VENV)-schemathesis schemathesis $(PYTHON)

$(VENV)-release/release.installed: requirements/release.txt requirements/install $(VENV)-release/bin/python
	@sh requirements/install $(VENV)-release release $(PYTHON)

$(VENV)/bin/python $(VENV)-clients/bin/python $(VENV)-schemathesis/bin/python $(VENV)-release/bin/python: ;
