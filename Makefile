# Martlet: build, run, test, install. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SWIFT ?= swift
RELEASE := -c release
BIN = $$($(SWIFT) build $(RELEASE) --show-bin-path)
DESTDIR ?=
RUN_DIR ?= data

.PHONY: help setup build run demo test soak conformance-openwebui conformance-llamacpp conformance-scim lint bench install check-systemd fuzz clean

help: ## What can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install by apt what is missing
	@scripts/setup.sh

build: setup ## Build the release executable
	$(SWIFT) build $(RELEASE) --product martlet

run: build ## Serve on port 8080 with the embedded SQLite, data in ./data
	@mkdir -p $(RUN_DIR)
	exec "$(BIN)/martlet" serve --data-dir $(RUN_DIR) --runtime-dir $${MARTLET_RUNTIME_DIR:-/tmp/martlet-run-$$(id -u)}

demo: build ## Start Martlet with two stand-in Ollama servers and show a streamed chat
	$(SWIFT) build $(RELEASE) --product ollama-stub
	@scripts/demo.sh "$(BIN)"

test: ## Install by apt what is missing, and run every test
	@scripts/setup.sh --test
	@scripts/test.sh

soak: setup ## 10,000 requests while clients leave and servers die, nothing may leak
	MARTLET_SOAK_REQUESTS=10000 $(SWIFT) test --filter SoakTests

conformance-openwebui: build ## Martlet and Open WebUI 0.8.3 (from PyPI, 3 GB) in turn on the same databases
	@scripts/setup.sh --test
	@scripts/conformance-openwebui.sh "$(BIN)/martlet"

conformance-llamacpp: setup ## Martlet in front of a real llama.cpp server (from PyPI, 300 MB)
	@scripts/conformance-llamacpp.sh

conformance-scim: build ## The compliance suite scim2-tester (from PyPI) on SQLite and PostgreSQL
	@scripts/setup.sh --test
	@scripts/conformance-scim.sh "$(BIN)/martlet"

lint: ## Formatting
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

bench: build ## Figures and ratios, measured in one run
	@scripts/setup.sh --bench
	$(SWIFT) build $(RELEASE) --product ollama-stub
	$(SWIFT) build $(RELEASE) --product link-benchmark
	@benchmarks/run.sh "$(BIN)"

install: build ## Lay out a host: make install DESTDIR=/tmp/root
	@scripts/install.sh "$(DESTDIR)" "$(BIN)/martlet"

check-systemd: build ## Boot the units under a real systemd (root)
	@Tests/SystemdLab/run.sh "$(BIN)/martlet"

fuzz: setup ## Fuzz the frame codec and the HTTP parser
	@Tests/Fuzz/run.sh frames 300 && Tests/Fuzz/run.sh http 300

clean: ## Remove what was built
	rm -rf .build .build-*
