# `make` lists the targets. Everything is installed into $(VENV) on first use; nothing else on the machine changes.

PYTHON ?= python3
VENV ?= .venv
TEST ?= tests
ARGS ?=
KILLS ?= 200

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
.PHONY: help install run test lint format type imports eval canary bench bench-serving serve studio constraints clean load kill-test load-till

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo '  Variables: PYTHON=python3.12 (interpreter), TEST=tests/unit (what to test), ARGS="..." (passed to the command)'

install: $(VENV)/.installed-dev ## Install everything for development into .venv

run: $(VENV)/.installed-run ## Take an order in the terminal; a piped line is a turn
	@$(BIN)/kiosk chat $(ARGS)

test: $(VENV)/.installed-dev ## Run the tests (TEST=tests/unit ARGS="-k name")
	@$(TEST_ENV) $(BIN)/python -m pytest $(TEST) $(ARGS)

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

load-till: $(VENV)/.installed-dev ## Let 200 customers order and pay at once, and print how long a turn takes
	@$(TEST_ENV) KIOSK_TEST_CUSTOMERS=200 $(BIN)/python -m pytest tests/load/test_till_under_load.py -rP -o faulthandler_timeout=0 $(ARGS)

serve: $(VENV)/.installed-run ## Serve the kiosk page and its API
	@$(BIN)/kiosk serve $(ARGS)

studio: $(VENV)/.installed-studio ## Open the graph in LangGraph Studio (development only)
	@LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev $(ARGS)

constraints: ## Renew constraints.txt from a clean environment (use the oldest supported Python)
	@PYTHON="$(PYTHON)" sh .ci/constraints

clean: ## Remove caches and build output; the environment stays
	@rm -rf .hypothesis .import_linter_cache .langgraph_api .mypy_cache .pytest_cache .ruff_cache .venv-bootstrap .venv-constraints
	@rm -rf build dist htmlcov .coverage *.egg-info
	@find graph nodes state kiosk evals tests -name __pycache__ -type d -prune -exec rm -rf {} +

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
