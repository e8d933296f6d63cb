# make demo: the RNN of examples/, compiled and run.  make test: everything.  Both work on a bare machine with Python 3.11.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
TORCH ?= torch==2.13.0
# A model to compile, with nothing of what it depends on.
SILERO_VAD ?= silero-vad==6.2.3
WORKERS ?= auto
BIN := .venv/bin
BUILD := examples/build
SOURCES := pyproject.toml hatch_build.py $(wildcard runtime/*) $(wildcard grammar/*)

.PHONY: demo test lint install clean distclean

demo: .venv/installed
	mkdir -p $(BUILD)
	$(BIN)/aotjit compile examples/rnn.py -o $(BUILD)/rnn.so -v
	$(BIN)/aotjit inspect $(BUILD)/rnn.so
	$(BIN)/python examples/rnn_demo.py $(BUILD)/rnn.so
	if command -v cc > /dev/null; then $(MAKE) -C examples run AOTJIT=$(CURDIR)/$(BIN)/aotjit; else echo "no cc: the C program is left out"; fi

test: .venv/test-installed
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: .venv/test-installed
	$(BIN)/ruff check .
	$(BIN)/mypy

install: .venv/installed

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=...)")'
	$(PYTHON) -m venv .venv

# The build compiles the runtime, so its sources are prerequisites.
.venv/installed: .venv/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet -e .
	touch $@

.venv/test-installed: .venv/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet -e '.[test]' '$(TORCH)'
	$(BIN)/python -m pip install --quiet --no-deps '$(SILERO_VAD)'
	touch .venv/installed $@

# Everything that was made, but the environment (which takes minutes to make): that is distclean's.
clean:
	rm -rf aotjit/_build $(BUILD) examples/vad/build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .venv/*installed
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv
