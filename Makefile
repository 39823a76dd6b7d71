# `make` lists the targets. Everything is installed into $(VENV) on first use; nothing else on the machine changes.

PYTHON ?= python3
VENV ?= .venv
TEST ?= tests
ARGS ?=
KILLS ?= 200
# The whole suite is worth the start of several processes; WORKERS=0 tests in one, as a debugger needs it.
WORKERS ?= $(if $(filter tests,$(TEST)),2,0)
# A module stays in one process, for the sake of its fixtures; the modules go in their order, the short ones last.
PROCESSES = --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder

FUZZ_VENV := .venv-schemathesis
BIN := $(VENV)/bin
# Standard input belongs to the conversation and standard output to the answers: pip gets neither.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
QUIETLY := </dev/null >&2

# LangGraph reads the first when it is imported; the second keeps conversations off LangSmith unless somebody asks for it.
LANGGRAPH_STRICT_MSGPACK ?= true
LANGSMITH_TRACING ?= false
export LANGGRAPH_STRICT_MSGPACK LANGSMITH_TRACING
TEST_ENV := env LANGGRAPH_STRICT_MSGPACK=true LANGSMITH_TRACING=false

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help install run test lint format type imports eval canary bench bench-serving serve studio schemathesis docs docs-serve docs-reference constraints clean faults load load-till kill-test

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@echo '  Variables: PYTHON=python3.12 (interpreter), TEST=tests/unit (what to test), WORKERS=2 (processes that test), ARGS="..." (passed to the command)'

install: $(VENV)/.installed-dev ## Install everything for development into .venv

run: $(VENV)/.installed-run ## Take an order in the terminal; a piped line is a turn
	@$(BIN)/kiosk chat $(ARGS)

test: $(VENV)/.installed-dev ## Run the tests (TEST=tests/unit ARGS="-k name")
	@$(TEST_ENV) $(BIN)/python -m pytest $(PROCESSES) $(TEST) $(ARGS)

lint: $(VENV)/.installed-dev ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev ## Format the code and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

type: $(VENV)/.installed-dev ## Check the types
	@$(BIN)/mypy $(ARGS)

imports: $(VENV)/.installed-dev ## Check that imports point one way
	@$(BIN)/lint-imports --no-logo

eval: $(VENV)/.installed-run ## Score the Korean and English suites; below 0.90 is a failure
	@$(BIN)/kiosk eval evals/suites/dev_ko.jsonl --min 0.90 $(ARGS)
	@$(BIN)/kiosk eval evals/suites/dev_en.jsonl --min 0.90 $(ARGS)

canary: $(VENV)/.installed-dev ## Have a hundred private conversations with faults and search every byte that came out
	@$(TEST_ENV) KIOSK_TEST_CONVERSATIONS=100 $(BIN)/python -m pytest tests/graph/test_privacy_canary.py $(ARGS)

bench: $(VENV)/.installed-dev ## Measure a turn: latency, growth, throughput, start-up, memory
	@$(BIN)/kiosk bench $(ARGS)

bench-serving: $(VENV)/.installed-dev ## Measure turns with models: latency, calls, tokens, cost
	@$(BIN)/kiosk bench --serving $(ARGS)

load: $(VENV)/.installed-dev ## Hold 200 conversations at once against a model that fails now and then
	@$(TEST_ENV) KIOSK_TEST_CONVERSATIONS=200 KIOSK_TEST_TURNS=8 $(BIN)/python -m pytest tests/load/test_conversations.py -rP $(ARGS)

kill-test: $(VENV)/.installed-dev ## Kill the server 200 times on each database while customers order and pay
	@$(TEST_ENV) KIOSK_TEST_KILLS=$(KILLS) $(BIN)/python -m pytest tests/load/test_kills.py -rP -o faulthandler_timeout=0 $(ARGS)

faults: $(VENV)/.installed-dev ## Let the database fail in every way, and be gone for 10 s three times, while customers pay
	@$(TEST_ENV) KIOSK_TEST_GONE_S=10 KIOSK_TEST_FAULT_TIMES=3 $(BIN)/python -m pytest tests/api/test_storage_faults.py tests/api/test_backup.py $(ARGS)

load-till: $(VENV)/.installed-dev ## Let 200 customers order and pay at once, and print how long a turn takes
	@$(TEST_ENV) KIOSK_TEST_CUSTOMERS=200 $(BIN)/python -m pytest tests/load/test_till_under_load.py -rP -o faulthandler_timeout=0 $(ARGS)

serve: $(VENV)/.installed-run ## Serve the kiosk page and its API
	@$(BIN)/kiosk serve $(ARGS)

studio: $(VENV)/.installed-studio ## Open the graph in LangGraph Studio (development only)
	@LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev $(ARGS)

schemathesis: $(FUZZ_VENV)/.installed ## Install what tests/api/test_openapi.py tries the API with into .venv-schemathesis

# Without the variable the theme prints a notice of its makers with every build.
docs: $(VENV)/.installed-dev ## Build the documentation's site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet $(ARGS)

docs-serve: $(VENV)/.installed-dev ## Show the documentation at http://127.0.0.1:8001/, anew with every change
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:8001 $(ARGS)

docs-reference: $(VENV)/.installed-dev ## Write the pages that come from code: settings, commands, HTTP API
	@$(BIN)/python -m docs.tools.reference

constraints: ## Renew constraints.txt from a clean environment (use the oldest supported Python)
	@PYTHON="$(PYTHON)" sh .ci/constraints

clean: ## Remove caches and build output; the environment stays
	@rm -rf .hypothesis .import_linter_cache .langgraph_api .mypy_cache .pytest_cache .ruff_cache .venv-bootstrap .venv-constraints
	@rm -rf build dist htmlcov site .coverage *.egg-info
	@find graph nodes state kiosk evals tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps. A change of pyproject.toml or constraints.txt installs again; what is installed for development also runs.
$(VENV)/.created:
	@PYTHON="$(PYTHON)" sh .ci/venv "$(VENV)" $(QUIETLY)
	@touch "$@"

$(VENV)/.installed-run: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the kiosk into $(VENV) (first time: about a minute) ..." >&2
	@$(PIP_INSTALL) --editable . $(QUIETLY)
	@touch "$@"

$(VENV)/.installed-studio: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the kiosk and LangGraph Studio's server into $(VENV) ..." >&2
	@$(PIP_INSTALL) --editable ".[studio]" $(QUIETLY)
	@touch "$@" "$(VENV)/.installed-run"

$(VENV)/.installed-dev: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the kiosk and its development tools into $(VENV) (first time: a minute or two) ..." >&2
	@$(PIP_INSTALL) --editable ".[dev]" $(QUIETLY)
	@touch "$@" "$(VENV)/.installed-run" "$(VENV)/.installed-studio"

# Apart from the rest: it needs another jsonschema-rs than LangGraph's server does.
$(FUZZ_VENV)/.installed: tests/api/schemathesis.txt
	@echo "Installing Schemathesis into $(FUZZ_VENV) ..." >&2
	@PYTHON="$(PYTHON)" sh .ci/venv "$(FUZZ_VENV)" $(QUIETLY)
	@$(FUZZ_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< $(QUIETLY)
	@touch "$@"
