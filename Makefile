# Two commands matter: `make run` shows the main job, `make test` proves it. Each sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BOARDS := esp32 rp2
EXTRAS := --extra server --extra kiosk --extra firmware
LOCK   := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --no-emit-find-links --no-header --no-annotate -q
# pyright and its node come from pinned packages; without these it would ask for newer ones.
PYRIGHT := PYRIGHT_PYTHON_IGNORE_WARNINGS=1 PYRIGHT_PYTHON_GLOBAL_NODE=0 $(BIN)/pyright

.PHONY: run install test pictures check sbom audit bench soak kills first-hour lock clean help

help:            ## what can be made
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/: .*## /\t/'

run: $(VENV)/.run      ## the demo: server, broker, dashboard and a kiosk with a sample school
	@tools/system-packages run
	$(BIN)/hailong demo

install:         ## as root: onto this server, started at boot; run again, it brings it up to date
	@server/deploy/install

# The tests start our programs some hundred times: their modules are compiled once, whatever the shell says.
test pictures: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev     ## everything the project promises, against the real parts
	@tools/system-packages test
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder  # the long journeys first

pictures: $(VENV)/.dev ## every screen, page and document as a picture to look at, into tests/artefacts
	@tools/system-packages test
	HAILONG_PICTURES=1 $(BIN)/python -m pytest -n 3 --dist loadfile \
	    $$(grep -rlE 'support.pictures|kiosk.looks' tests --include='test_*.py')

check: $(VENV)/.dev $(BOARDS:%=$(VENV)/stubs/%/.ready)  ## style, types, import directions, licences, survey files, firmware
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.licences --check
	$(BIN)/hailong survey check
	$(foreach board,$(BOARDS),$(PYRIGHT) -p tools/pyright-$(board).json &&) true
	$(BIN)/python -m firmware.host.build

sbom: $(VENV)/.dev     ## the software bill of materials, CycloneDX, into build/
	@$(BIN)/python -m tools.sbom

audit: $(VENV)/.dev    ## holds the pinned packages against the published advisories; needs the Internet
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt || \
	    { echo "Not every package could be held against the advisories, or one has a weakness: see above." >&2; exit 1; }

bench: $(VENV)/.dev    ## measurements, as ratios against a reference of the same run
	@tools/system-packages test
	$(BIN)/python -m tests.bench

soak: $(VENV)/.dev     ## a week of 200 kiosks and 200 boxes in which everything fails; about six minutes
	@tools/system-packages test
	$(BIN)/hailong simulate --kiosks 200 --boxes 200 --days 7 --speed 800 --visits 12 --mosquitto \
	    --resets 0.2 --drops 0.3 --broker-restarts 6 --wait 300

kills: $(VENV)/.dev    ## ten minutes of killed servers, brokers and devices: nothing lost, nothing twice
	@tools/system-packages test
	$(BIN)/hailong simulate --kiosks 40 --boxes 40 --days 14 --speed 800 --visits 12 --mosquitto \
	    --resets 0.3 --drops 0.2 --broker-restarts 100 --wait 300

first-hour:      ## as root: the README's first hour in a fresh Debian, from nothing to a rating; some minutes
	tools/first-hour

lock:            ## work out the pinned requirement files anew (needs uv)
	$(LOCK) pyproject.toml $(EXTRAS) --group build -o requirements/run.txt
	$(LOCK) pyproject.toml $(EXTRAS) --group build --group dev -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) --group stubs-esp32 -o requirements/stubs-esp32.txt
	$(LOCK) --group stubs-rp2 -o requirements/stubs-rp2.txt

clean:           ## remove what was made here
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A virtual environment needs python3-venv, which a fresh Debian lacks.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/system-packages run
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# Both boards' stubs bring `machine`, so each stands in an environment of its own.
$(VENV)/stubs/%/.ready: requirements/stubs-%.txt | $(VENV)/bin/python
	rm -rf $(@D)
	$(PIP) --require-hashes --target $(@D)/lib/python3.11/site-packages -r $<
	@touch $@
