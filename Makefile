# SPDX-License-Identifier: Apache-2.0
#
# Two commands matter:  make serve  and  make test.  Both set up what they need.

# The stand-alone program; tests are a debug build, because Swift Testing has no static library. They run one after the
# other: some compute on every core, and others have deadlines.
release := swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error
debug := swift build --explicit-target-dependency-import-check error
program := .build/release/embedder
ARGS ?=

.PHONY: help serve build test test-model coverage bench compare load lint format check check-deploy check-image \
	check-docker check-systemd fixtures

help: ## This list.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 22

serve: build ## Build and serve all-MiniLM-L6-v2 on 127.0.0.1:8080; options: make serve ARGS="--port 9000".
	@Scripts/bootstrap model
	@exec $(program) serve $(ARGS)

build: ## Build the release program, .build/release/embedder.
	@Scripts/bootstrap packages
	$(release) --product embedder

test: ## Build and run all tests; some of them: make test ARGS="--filter Tokenizer".
	@Scripts/bootstrap
	$(debug) --build-tests
	swift test --skip-build --no-parallel $(ARGS)

test-model: ## The tests of the simple model service's contract, by the name they have there.
	@$(MAKE) --no-print-directory test ARGS="--filter SimpleModelServiceContract"

coverage: ## Which lines the tests reach: .build/coverage/html/index.html.
	@Scripts/bootstrap
	@Scripts/coverage $(ARGS)

bench: build ## Measure the default model on this machine.
	@Scripts/bootstrap model
	@exec $(program) bench $(ARGS)

compare: build ## Measure Embedder and its peers side by side; 20 minutes on a quiet machine.
	@Benchmarks/compare $(ARGS)

load: build ## Measure the server under 1 to 256 connections; needs wrk.
	@Scripts/bootstrap model
	@Benchmarks/Load/run $(ARGS)

lint: ## Style and import rules; seconds.
	@Scripts/check lint

format: ## Rewrite the Swift sources in the house's format.
	swift format --in-place --parallel --recursive Package.swift Sources Tests

check: ## Everything the gate checks: lint, warnings, imports, binary, tests.
	@Scripts/check

check-deploy: ## The deployment files, the image's file tree and the unit; quick part: make check-deploy ARGS=quick.
	@Scripts/bootstrap deploy
	@Scripts/check-deploy $(ARGS)

check-image: ## The image's file tree, run without Docker; in 512 MB and one processor: make check-image ARGS=limits.
	@Scripts/bootstrap deploy
	@Scripts/check-image $(ARGS)

check-docker: ## The images, built and run by a Docker engine, and Compose with the app.
	@Scripts/check-docker $(ARGS)

check-systemd: ## The unit, run by a systemd in a container of its own; needs root.
	@Scripts/bootstrap deploy
	@Scripts/check-systemd

fixtures: ## Rewrite Tests/Fixtures from the Python reference implementations.
	@Scripts/fixtures/make
