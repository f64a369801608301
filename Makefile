# `make help` lists what there is: each target that has a sentence behind `##` above it.

# The first of these that works is used; name another with `make PYTHON=…`. TensorFlow has no wheels
# for Python 3.14 yet.
PYTHON ?= python3.13 python3.12 python3.11 python3
CAN_MAKE_VENV := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
# requirements*.txt say what, requirements.lock says all versions and hashes.
PIP := .venv/bin/python -m pip install --disable-pip-version-check
LOCKED := --require-hashes --constraint requirements.lock
INSTALL = @echo "== Installing what $(1) names into .venv"; $(PIP) $(LOCKED) -r $(1) || \
    { echo "== If hashes are missing, run: make lock" >&2; exit 1; }
# mypy's plugin for Django reads the settings, which refuse to be read without these.
SETTINGS := SECRET_KEY=used-by-nothing-but-type-checks-1234567890 \
    DATABASE_URL=postgresql://nobody@localhost/nothing REDIS_URL=redis://localhost
CODE := manage.py classifier_site accounts predictions feedback review learning foundation client/classifier_client

export PORT CLASSIFIER_DATA BENCH_IMAGES BENCH_LABELLED FUZZ_MUTATIONS FUZZ_REQUESTS FUZZ_SEED FUZZ_PICTURES
# Tests start hundreds of processes, and each would compile our code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run dev shell help test check lint format lock screenshots bench bench-accuracy \
    bench-learning bench-capacity bench-memory load fuzz clean
.DELETE_ON_ERROR:

## Run the whole service at http://127.0.0.1:8000, or at PORT, until Ctrl-C
# exec: make's child is the service itself, which so gets the SIGTERM that make passes on.
run: .venv/run.stamp
	@exec .venv/bin/python manage.py up

## The same for developers: changes of templates, Python and static files are seen at once
dev: .venv/test.stamp
	@exec .venv/bin/python manage.py up --dev

## A Python shell with the models, on the data of `make run`, which may run or not
shell: .venv/run.stamp
	@exec .venv/bin/python manage.py shell

## List these targets
help:
	@awk '/^## / { says = substr($$0, 4) } \
	    /^[a-z-]+:/ && says { printf "make %-12s %s\n", substr($$1, 1, index($$1, ":") - 1), says; says = "" }' \
	    $(firstword $(MAKEFILE_LIST))

## Lint, then run all tests; with T=tests/accounts those alone, without lint
# Each process has its own servers and takes a file at a time. They wait as much as they compute.
PROCESSES ?= 3
IN_PROCESSES := --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
test: $(if $(T),.venv/test.stamp,lint)
	.venv/bin/python -m pytest $(if $(findstring .py,$(T)),,$(IN_PROCESSES)) $(T)

## Lint, then run the tests that need no browser, no process of the service and no model
check: lint
	.venv/bin/python -m pytest $(IN_PROCESSES) -m "not heavy"

## Check style, types and who imports whom
lint: .venv/test.stamp
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(SETTINGS) .venv/bin/mypy $(CODE)
	.venv/bin/lint-imports

## Write the code as `make lint` wants it
format: .venv/test.stamp
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

## Write requirements.lock anew
# After a change in requirements*.txt, or for newer versions of what those packages need themselves.
# Everything is resolved anew, for Python 3.11 and later on every platform.
lock: .venv/made.stamp
	@$(PIP) --quiet $$(grep -oE '^uv==[0-9.]+' requirements-dev.txt)
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' \
	    --output-file requirements.lock requirements-bench.txt

## Take pictures of every page
# Every page on a phone and on a desktop, light and dark, into docs/screenshots.
screenshots: .venv/test.stamp
	.venv/bin/python -m pytest -q tests/browser/screenshots.py

## Measure speed and memory
# With BENCH_IMAGES=/some/folder its photographs, otherwise synthetic ones. Takes half an hour; with
# SERIES=large, small, alone or added, or some of them in quotes, less.
bench: .venv/bench.stamp
	.venv/bin/python -m benchmarks.bench $(if $(SERIES),--series $(SERIES))

## Measure what a core carries without inference
bench-capacity: .venv/bench.stamp
	.venv/bin/python -m benchmarks.capacity

## Measure the memory of a worker that is sent bombs
# For ten minutes; FOLDER/memory.png is the plot.
bench-memory: .venv/bench.stamp
	.venv/bin/python -m benchmarks.memory $(if $(FOLDER),--plot "$(FOLDER)/memory.png")

## Measure how often the versions that are prepared are right
# In CLASSIFIER_DATA. BENCH_LABELLED=/folder has a folder of photographs for each class, which has its
# synset, number or name. Without it: how often recipes agree on views of those in BENCH_IMAGES.
bench-accuracy: .venv/bench.stamp
	.venv/bin/python -m benchmarks.accuracy

## Measure what can be learnt from FOLDER
# FOLDER has a folder of photographs for each class, OTHERS, if it is given, photographs of other things.
bench-learning: .venv/test.stamp
	.venv/bin/python -m benchmarks.learning "$(FOLDER)" $(if $(OTHERS),--others "$(OTHERS)")

## Have many people use a service that runs
# People at work on a service that runs already, at PORT: `make load USERS=100 TIME=60s`.
USERS ?= 100
TIME ?= 60s
load: .venv/bench.stamp
	.venv/bin/python -m locust --locustfile tests/load/locustfile.py --headless \
	    --host http://127.0.0.1:$(or $(PORT),8000) --users $(USERS) --spawn-rate 20 \
	    --run-time $(TIME) --html load-report.html --only-summary
	@echo "== The report is in load-report.html"

## Send broken pictures and requests
# Broken pictures and requests without end against a service of its own: `make fuzz FUZZ_SEED=7`
# repeats a run, FUZZ_MUTATIONS and FUZZ_REQUESTS bound it (5,000 and 10,000 unless told), and the
# pictures in the folder FUZZ_PICTURES are sent as well. What went wrong is in fuzz-findings.
fuzz: .venv/test.stamp
	@.venv/bin/python -m tests.fuzz

## Remove .venv and all caches, but no data
clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A command may be there and not work (pyenv's shims), or lack venv (Debian): each is tried.
.venv/made.stamp:
	@for python in $(PYTHON); do \
	    if $$python -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1; then \
	        echo "== Making .venv with $$($$python --version)"; \
	        rm -rf .venv && $$python -m venv .venv && touch $@; exit; \
	    fi; \
	done; \
	echo "None of these is a Python 3.11, 3.12 or 3.13 that can make a virtual environment:" \
	    "$(PYTHON). Install one (on Debian and Ubuntu also python3-venv)," \
	    "or name one with PYTHON=/path/to/python3." >&2; exit 1

.venv/run.stamp: .venv/made.stamp requirements.txt requirements.lock
	@$(PIP) --quiet $$(grep -oE '^pip==[0-9.]+' requirements.txt)
	$(call INSTALL,requirements.txt)
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements-dev.txt requirements-mlflow.txt requirements-tracing.txt \
    requirements-int8.txt
	$(call INSTALL,requirements-dev.txt)
	@touch $@

.venv/bench.stamp: .venv/test.stamp requirements-bench.txt
	$(call INSTALL,requirements-bench.txt)
	@touch $@
