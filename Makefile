# `make help` lists what there is. Every target makes .venv first, or brings it up to date.

.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PYTEST := .venv/bin/pytest
JOBS ?= 2

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv and install what requirements.lock names
	@bin/bootstrap

.PHONY: demo
demo: setup ## Play the whole story with demo data, print the log-ins and serve it
	@$(PYTHON) manage.py demo

.PHONY: dev
dev: setup ## Run web, worker, beat and the Stripe stand-in; Ctrl-C stops all
	@$(PYTHON) manage.py dev

.PHONY: test
test: setup ## Run the tests on a throwaway PostgreSQL
	@$(PYTEST) -n $(JOBS) --ignore=tests/benchmarks

.PHONY: check
check: setup ## Run what CI asks besides the tests: format, lint, contracts, migrations, types, API document
	@bin/check

.PHONY: bench
bench: setup ## Measure the hot paths as multiples of a bare view
	@$(PYTEST) tests/benchmarks/bench_*.py -n 0 -p no:randomly -s -q

.PHONY: prove-once
prove-once: setup ## Play SEEDS (1000) pay cycles in a storm of faults: nothing lost, doubled, stuck or adrift; SEED=17 replays one, FIRST=1001 goes on
	@$(PYTHON) -m tests.proofs.once $(if $(SEED),--seed $(SEED),--first $(or $(FIRST),1) --seeds $(or $(SEEDS),1000)) --jobs $(JOBS)

.PHONY: prove-kill
prove-kill: setup ## Kill -9 at every point of paying, two runners at once, KILLS (300) in all: each line is paid once; SEED=7
	@$(PYTHON) -m tests.proofs.apart kill --kills $(or $(KILLS),300) --seed $(or $(SEED),1)

.PHONY: prove-races
prove-races: setup ## Eight processes pay one cycle at once, ROUNDS=50; pay meets cancel, hold, bank change and edit in every order
	@$(PYTHON) -m tests.proofs.apart races --rounds $(or $(ROUNDS),50)

.PHONY: prove-crash
prove-crash: setup ## Crash PostgreSQL 5 times amid paying, end connections, lose the answers of 50 COMMITs, kill the broker
	@$(PYTHON) -m tests.proofs.apart crash

.PHONY: drill
drill: setup ## Restore dumps from before and amid a pay run: paying is refused until reconciled, then nobody is paid twice
	@$(PYTHON) -m tests.proofs.apart drill

.PHONY: prove-disk
prove-disk: setup ## Fill the database's disk amid a pay run: every answer is right, and the cycle ends once there is room (as root)
	@$(PYTHON) -m tests.proofs.apart disk

.PHONY: prove-defects
prove-defects: setup ## Build known defects in, one at a time: the storm must catch each within 500 cycles
	@$(PYTHON) -m tests.proofs.once --every-defect --seeds 500 --jobs $(JOBS)

.PHONY: bench-payouts
bench-payouts: setup ## Pay PAYOUTS=20000 by PAYERS processes against the Stripe stand-in without pacing, and PACED=600 at its pace: rate, and multiple of the floor
	@PAYOUTS=$(or $(PAYOUTS),20000) PACED=$(or $(PACED),600) $(PYTEST) tests/benchmarks/bench_payouts.py -n 0 -p no:randomly -s -q

.PHONY: bench-books
bench-books: setup ## Post EARNINGS=200000, against a bare insert and django-hordak, approve by eight at once, audit LINES=1000000
	@EARNINGS=$(or $(EARNINGS),200000) LINES=$(or $(LINES),1000000) $(PYTEST) tests/benchmarks/bench_posting.py \
		tests/benchmarks/bench_hordak.py tests/benchmarks/bench_audit.py -n 0 -p no:randomly -s -q

.PHONY: bench-quality
bench-quality: setup ## Measure the quality methods on public sets against crowd-kit and choix; FAMILIES="categorical", SEEDS=10, LABELS=10000000
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m tests.benchmarks.quality $(FAMILIES)

.PHONY: bench-refit
bench-refit: setup ## Refit a network of LABELS=1000000 (half as many judgments, a fifth of ratings) out of the database and back
	@LABELS=$(or $(LABELS),1000000) $(PYTEST) tests/benchmarks/bench_refit.py -n 0 -p no:randomly -s -q

.PHONY: prove-restart
prove-restart: setup ## Kill the worker, then the launcher, with 500 submissions in flight: each is judged and earned once
	@$(PYTHON) -m tests.proofs.restart

ACCESS := tests/architecture/test_addresses.py tests/marketplace/identity tests/payouts/cycles/test_four_eyes.py \
	tests/payouts/cycles/test_second_approval.py tests/payouts/ledger/test_refusals.py
.PHONY: prove-authz
prove-authz: setup ## Every address refuses whom it must, tenants see only theirs, nobody pays alone: by page, API and raw SQL
	@$(PYTEST) $(ACCESS) -n $(JOBS) -q

ERASURE := tests/marketplace/erasure tests/architecture/test_personal_data.py tests/common/test_redaction.py
.PHONY: prove-erasure
prove-erasure: setup ## Erase a person whose words stand in every table: no column finds them, the books stand, a restore is told again
	@$(PYTEST) $(ERASURE) -n $(JOBS) -q

HOLDS := tests/payouts/payees/test_payee_holds.py tests/payouts/holds tests/marketplace/identity/test_security_changes.py
.PHONY: prove-hold
prove-hold: setup ## Another bank or another way to log in holds pay for 72 hours; two others lift it early, the payee never
	@$(PYTEST) $(HOLDS) -n $(JOBS) -q

.PHONY: prove-time
prove-time: setup ## Time never overlaps, and days and weeks sum to the seconds that passed, in every zone
	@$(PYTEST) tests/marketplace/timesheets tests/common/test_formats.py -n $(JOBS) -q

INPUTS := tests/common/test_api_fields.py tests/common/test_api_kernel.py tests/common/test_text.py tests/common/test_money.py \
	tests/common/test_database_trouble.py tests/marketplace/work/test_importing_a_batch.py \
	tests/payouts/transfers/test_webhook_storm.py tests/contract
.PHONY: prove-inputs
prove-inputs: setup ## Bad money, times, texts, files and webhooks each get a clear answer and change nothing
	@$(PYTEST) $(INPUTS) -n $(JOBS) -q

EXAMPLES ?= 50
.PHONY: prove-api
prove-api: setup ## Call every operation as every role with made-up requests, 50 each: none answers 5xx
	@EXAMPLES=$(EXAMPLES) ROLE="$(ROLE)" OPERATION="$(OPERATION)" $(PYTEST) tests/contract/prove_api.py \
		-p tests.contract.report -p no:randomly -n $(JOBS) -qq --no-header

.PHONY: pictures
pictures: setup ## Take a picture of each page of finance in each look, with the stories that its test tells, into the folder PICTURES
	@mkdir -p $(or $(PICTURES),var/pictures)
	@PICTURES=$(abspath $(or $(PICTURES),var/pictures)) .venv/bin/pytest tests/browser/test_every_page.py -q -n $(JOBS) \
		-k "$(or $(ONLY),finance or clients or taxes or taxyears or fx or positions or statements or exports or traces or bill_rate)"

.PHONY: screenshots
screenshots: setup ## Take docs/screenshots from a running demo: ADDRESS=http://127.0.0.1:8000 LOGINS=file.json
	@DJANGO_SETTINGS_MODULE=config.settings.dev $(PYTHON) -m tests.browser.screenshots $(ADDRESS) $(LOGINS)

.PHONY: services
services: setup ## Start the embedded PostgreSQL and Valkey
	@$(PYTHON) manage.py services start

.PHONY: migrations
migrations: setup ## Write the migrations that the models ask for
	@$(PYTHON) manage.py services start >/dev/null
	@$(PYTHON) manage.py makemigrations

.PHONY: openapi
openapi: setup ## Write docs/api/openapi.yaml from the code
	@$(PYTHON) manage.py spectacular --file docs/api/openapi.yaml --validate --fail-on-warn

.PHONY: format
format: setup ## Put code into the project's form
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: lock
lock: setup ## Write requirements.lock from pyproject.toml
	@.venv/bin/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--group dev pyproject.toml --output-file requirements.lock
	@bin/bootstrap

.PHONY: clean
clean: ## Stop the embedded servers and remove caches; data in var/ stay
	@if [ -x $(PYTHON) ]; then $(PYTHON) manage.py services stop; fi
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
