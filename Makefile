# Everything sets itself up: `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test test-tools test-kafka test-faults test-network test-sabotage lint compiled bench bench-quality lock clean

demo: $(VENV)/.demo     ## the whole pipeline on a real broker, with 500 leads
	@$(BIN)/lead-router demo --kafka

test: $(VENV)/.dev test-tools ## linters, types, and every test, real broker included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

# What pip cannot bring: each line says what is missing, and the next step.
test-tools: $(VENV)/bin/python
	@missing=; need() { echo "$$1: $$2" >&2; missing=yes; }; \
	command -v "$${CHROMIUM:-chromium}" >/dev/null || need "the board is tested in a browser" \
	  "apt-get install chromium, or set CHROMIUM to one's path"; \
	command -v promtool >/dev/null || need "the alert rules are tested by promtool" \
	  "apt-get install prometheus"; \
	command -v "$${CC:-gcc}" >/dev/null || need "the decision core is compiled by a C compiler" \
	  "apt-get install gcc libc6-dev, or set CC to one"; \
	include=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
	[ -e "$$include/Python.h" ] || need "the decision core is compiled with Python's headers" \
	  "apt-get install python3-dev, or take a Python that has $$include/Python.h"; \
	command -v ps >/dev/null || need "processes are looked up with ps" "apt-get install procps"; \
	[ -z "$$missing" ]

test-kafka: $(VENV)/.dev    ## the tests that need a broker, on another Kafka: make test-kafka VERSION=4.1.1
	@[ -n "$(VERSION)" ] || { echo "say which Kafka: make test-kafka VERSION=4.1.1" >&2; exit 2; }
	env -u LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS TEST_KAFKA_VERSION=$(VERSION) \
	  $(BIN)/pytest -m kafka --numprocesses 3 --dist loadfile --no-loadscope-reorder

test-faults: $(VENV)/.dev   ## kills, zombies, broker restarts: FAULTS_SEED=… FAULTS_COUNT=… FAULTS_LEADS=…
	FAULTS_COUNT=$${FAULTS_COUNT:-22} FAULTS_LEADS=$${FAULTS_LEADS:-30000} \
	  $(BIN)/pytest tests/e2e/audit tests/e2e/faults tests/e2e/test_faults.py

NETWORK_SEEDS ?= 1 2 3 4 5
test-network: $(VENV)/.dev  ## late frames, lost answers, a bad network at length: NETWORK_SEEDS=… NETWORK_COUNT=… NETWORK_LEADS=…
	$(BIN)/pytest tests/network --ignore tests/network/test_by_chance.py
	for seed in $(NETWORK_SEEDS); do \
	  NETWORK_SEED=$$seed NETWORK_COUNT=$${NETWORK_COUNT:-100} NETWORK_LEADS=$${NETWORK_LEADS:-18000} \
	  $(BIN)/pytest tests/network/test_by_chance.py || exit; \
	done

test-sabotage: $(VENV)/.dev ## takes one safeguard out after the other; the auditor must notice
	$(BIN)/pytest tests/e2e/test_sabotage.py

lint: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy
	$(BIN)/lint-imports

compiled: $(VENV)/.dev  ## the router with its decision core compiled, into build/compiled
	@$(BIN)/python deploy/compile_core.py $(IF_POSSIBLE) build/compiled

bench: IF_POSSIBLE = --if-possible
bench: $(VENV)/.bench compiled ## throughput and latency beside peers, into build/bench.json
	$(BIN)/python -m tests.bench

QUALITY_SEEDS ?= 20
bench-quality: $(VENV)/.bench ## what decisions are worth beside the best in hindsight, with a plot, into build/quality
	$(BIN)/python -m tests.quality --seeds $(QUALITY_SEEDS)

LOCK := $(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header --universal
lock: $(VENV)/.dev      ## renew the pinned versions (hashes, no addresses)
	$(LOCK) pyproject.toml --group dev --extra java --extra telemetry --upgrade -o requirements/dev.txt
	$(LOCK) pyproject.toml --group build --extra telemetry -c requirements/dev.txt -o requirements/runtime.txt
	$(LOCK) pyproject.toml --group build --extra java --extra telemetry -c requirements/dev.txt -o requirements/demo.txt
	$(LOCK) --group compile -c requirements/dev.txt -o requirements/compile.txt
	$(LOCK) pyproject.toml --group dev --extra java --extra telemetry --extra bench -o requirements/bench.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The lock files hold every wheel's hash; the package itself is installed in place.
$(VENV)/.%: requirements/%.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing $< …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
