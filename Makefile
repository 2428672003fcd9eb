# Every target does one thing, and says what in the comment behind its name. What takes more than a line is in scripts/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Code that scripts/generate writes; it is committed, and neither formatted nor linted.
GENERATED := Sources/Messages Sources/API Tests/SampleAPI Tests/SampleMessages
GENERATED_OPTIONS := Tools/protoc-gen-driveline/Sources/DrivelineGenerator/Options
# Where Swift is written by hand. A folder that is not there is left out.
WRITTEN := $(wildcard Package.swift Sources services Tests Examples Fuzz Plugins \
    Tools/*/Package.swift Tools/*/Sources Tools/*/Tests Benchmarks/Swift/Package.swift Benchmarks/Swift/Sources)
SWIFT_FILES = find $(WRITTEN) -name '*.swift' -not -path '*/.build/*' -not -path '*/Golden/*' \
    $(foreach folder,$(GENERATED) $(GENERATED_OPTIONS),-not -path '$(folder)/*') -print0

.PHONY: help up test conformance bench generate check-generated check-api check-demo check-reference check-sandbox format lint fuzz soak

help: ## Shows this list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do \
	    printf '  make %-16s %s\n' "$$name" "$$text"; done

up: ## Installs what is missing, builds, and runs the whole system; UP_OPTIONS="--port-base 8400" for options.
	@scripts/up $(UP_OPTIONS)

test: ## Runs all tests.
	@scripts/test

conformance: ## Compares with published data, which lie in ../shared or in DRIVELINE_SHARED; fails without them.
	@scripts/conformance

bench: ## Measures us beside our peers; BENCH_OPTIONS="--quick" for a short run.
	@scripts/install-dependencies build bench
	Benchmarks/bench_rpc.py $(BENCH_OPTIONS)
	Benchmarks/bench_postgres.py $(BENCH_OPTIONS)
	Benchmarks/bench_redis.py $(BENCH_OPTIONS)
	Benchmarks/bench_up.py $(BENCH_OPTIONS)
	Benchmarks/bench_inventory_verify.py $(BENCH_OPTIONS)
	Benchmarks/bench_inventory_import.py $(BENCH_OPTIONS)
	Benchmarks/bench_catalog.py $(BENCH_OPTIONS)
	Benchmarks/bench_pricing.py $(BENCH_OPTIONS)
	Benchmarks/bench_orders.py $(BENCH_OPTIONS)
	Benchmarks/bench_events.py $(BENCH_OPTIONS)
	Benchmarks/bench_channels.py $(BENCH_OPTIONS)
	Benchmarks/bench_feeds.py
	Benchmarks/bench_http.py $(BENCH_OPTIONS)
	Benchmarks/bench_gateway.py $(BENCH_OPTIONS)
	Benchmarks/bench_transcoding.py $(BENCH_OPTIONS)
	Benchmarks/bench_inventory.py $(BENCH_OPTIONS)
	Benchmarks/bench_inventory.py --scale $(BENCH_OPTIONS)

generate: ## Rewrites the generated code from proto/.
	@scripts/install-dependencies build
	scripts/generate

check-generated: ## Fails if the generated code is not what proto/ gives.
	@scripts/install-dependencies build
	scripts/check-generated

check-api: ## Fails if the gateway answers otherwise than its OpenAPI document says; SCHEMATHESIS_SECONDS (300).
	@scripts/install-dependencies build up check-api
	scripts/check-api

check-demo: ## Fails if the demo brand, the calls that it shows, or a day of it do not work.
	@scripts/install-dependencies build up
	scripts/check-demo

check-reference: ## Looks at the gateway's reference page in a headless Chromium; CHECK_OPTIONS="--screenshots FOLDER".
	@scripts/install-dependencies browser
	Tests/Browser/check_reference.py $(CHECK_OPTIONS)

check-sandbox: ## Looks at the sandbox's page in a headless Chromium; CHECK_OPTIONS="--screenshots FOLDER".
	@scripts/install-dependencies build browser
	swift build --product sandbox
	Tests/Browser/check_sandbox.py .build/debug/sandbox $(CHECK_OPTIONS)

format: ## Formats all Swift that is written by hand.
	@$(SWIFT_FILES) | xargs -0 swift format format --in-place --parallel

lint: ## Checks format and style of all Swift that is written by hand.
	@$(SWIFT_FILES) | xargs -0 swift format lint --strict --parallel

fuzz: ## Fuzzes the wire, JSON and HTTP for FUZZ_SECONDS (60) on each target.
	FUZZ_SECONDS=$${FUZZ_SECONDS:-60} scripts/fuzz

soak: ## Runs INVENTORY_COMMANDS (2,000,000) on a model; runs at full load for SOAK_SECONDS (600); kills servers under load, for ORDER_SOAK_SECONDS (300) and CHANNEL_SOAK_SECONDS (300, twice).
	@scripts/install-dependencies build test bench
	INVENTORY_COMMANDS=$${INVENTORY_COMMANDS:-2000000} swift test --filter InventoryDomainTests.HistoryTests
	SOAK_TESTS=1 swift test --filter 'GatewayServiceTests.AttackTests|InventoryServiceTests.EngineFaultTests|InventoryServiceTests.ReservationTests|KillTests|CrossTalkTests'
	Benchmarks/bench_rpc.py --soak $${SOAK_SECONDS:-600}
	Benchmarks/soak_orders.py --seconds $${ORDER_SOAK_SECONDS:-300}
	Benchmarks/soak_channels.py --seconds $${CHANNEL_SOAK_SECONDS:-300}
	Benchmarks/soak_channels.py --faults --seconds $${CHANNEL_SOAK_SECONDS:-300}
