# Belay: `make demo` shows it, `make test` tests it; `make help` lists the rest.
SWIFT  ?= swift
PREFIX ?= /usr/local
WALLS  := --explicit-target-dependency-import-check error
DEBUG  := $(SWIFT) build $(WALLS)
RELEASE := $(SWIFT) build $(WALLS) -c release --static-swift-stdlib --product
SOURCES := Package.swift Sources Tests Plugins Benchmarks

.PHONY: all release demo test test-release lint format bench bench-detect bench-gate bench-render bench-charts bench-scrub bench-refresh soak fuzz fuzz-render fuzz-charts fuzz-scrub install clean help packages check-origins schemas

all: packages release  ## builds .build/release/belay

packages:
	@scripts/packages build

release:
	@$(RELEASE) belay
	@$(RELEASE) belay-oci

demo:  ## builds Belay and its images, and shows the shop in dev, qa and prod
	@scripts/packages demo
	@$(RELEASE) belay
	@scripts/demo

test:  ## builds everything and runs all tests
	@scripts/packages test
	@scripts/test

test-release:  ## runs the tests of what computes on optimised code, as users run it
	@scripts/packages test
	@scripts/test-release

lint:  ## checks form: one configuration, no warning let through
	@$(SWIFT) format lint --strict --parallel --configuration .swift-format -r $(SOURCES)

format:
	@$(SWIFT) format format -i --parallel --configuration .swift-format -r $(SOURCES)

bench: packages  ## measures Belay, beside its peers where they are installed
	@scripts/bench

bench-detect: packages  ## measures how fast detectors sweep texts; FILES="…" adds some
	@BELAY_FOCUS=DetectBench swift build -c release --product DetectBench
	@$$(BELAY_FOCUS=DetectBench swift build -c release --show-bin-path)/DetectBench $(FILES)

bench-gate: packages  ## measures how long the leak gate takes an application, beside 100 to 3,000 of production's
	@BELAY_FOCUS=GateBench swift build -c release --product GateBench
	@$$(BELAY_FOCUS=GateBench swift build -c release --show-bin-path)/GateBench

bench-render: release  ## measures renderings beside `kubectl kustomize`; CASES=DIR adds the overlays of a folder
	@$(SWIFT) build $(WALLS) -c release --static-swift-stdlib --product RenderBench
	@.build/release/RenderBench --belay .build/release/belay $(if $(CASES),--cases $(CASES))

bench-charts: release  ## measures charts: made up ones, or those of the folder in CASES; PEER=helm measures Helm beside them
	@$(RELEASE) ChartBench
	@.build/release/ChartBench --belay .build/release/belay $(if $(PEER),--peer $(PEER)) $(CASES)

bench-scrub: packages  ## scrubs 1.2 M rows as dumps of MySQL and PostgreSQL, beside PostgreSQL itself
	@$(RELEASE) ScrubBench
	@scripts/bench-scrub $(ROWS)

bench-refresh: packages  ## copies 1.2 M rows between two PostgreSQL servers, bare and by Belay, in turns
	@$(RELEASE) ScrubBench
	@$(RELEASE) RefreshBench
	@scripts/bench-refresh $(ROWS)

soak: release  ## kills the service and its shims at random moments of rollouts, under a client's eyes
	@scripts/packages test
	@scripts/soak $(SERVICE_KILLS) $(SHIM_KILLS)

fuzz: packages  ## feeds the parsers with broken input, and lists what else is fuzzed
	@scripts/fuzz

fuzz-render: packages  ## feeds overlays to the renderer, guided by coverage, 2 h in all; goes on where it stopped
	@scripts/fuzz render

fuzz-charts: packages  ## feeds charts to the renderer, likewise
	@scripts/fuzz charts

schemas:  ## writes docs/schemas anew from what the readers of Belay's own files know
	@$(DEBUG) --product belay
	@for file in project scrubpolicy dataset server; do \
		.build/debug/belay explain $$file --json-schema > docs/schemas/$$file.json; done

fuzz-scrub: packages  ## feeds dumps of all forms and policies to the scrubber, likewise
	@scripts/fuzz scrub

check-origins: release  ## edits the places that origins name, in copies of DIR (default: sample-repo), and renders again
	@python3 Benchmarks/origins.py $(or $(DIR),sample-repo) --trials $(or $(TRIALS),500)

install: packages release  ## installs the binary, a systemd unit and completions beneath PREFIX
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" scripts/install

clean:
	@rm -rf .build .demo

help:
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 16
