# Domicile. A bare `make` prints the targets.
SHELL      := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO         ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
BUILT      := cmd/domicile/built
PROGRAMS   := $(patsubst %/manifest.json,%,$(wildcard connectors/*/manifest.json apps/*/manifest.json))
GOFLAGS_RELEASE := -trimpath -ldflags='-s -w'

# Real sample files made by others, used by the tests when the folder is there.
CORPORA := $(abspath ../shared/corpora)
ifneq ($(wildcard $(CORPORA)/README.md),)
export DOMICILE_CORPORA ?= $(CORPORA)
endif

export CGO_ENABLED := 0

AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo -n)

.PHONY: help build demo gallery browser run quick test soak bench release lint arm64 clean
help: ## print the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1\t\2/' | expand -t 18

build: worker programs ## build bin/domicile, worker, connectors and apps embedded
	$(GO) build $(GOFLAGS_RELEASE) -o bin/domicile ./cmd/domicile

.PHONY: worker programs
worker:
	@mkdir -p $(BUILT)
	$(GO) build $(GOFLAGS_RELEASE) -o $(BUILT)/domicile-worker ./cmd/domicile-worker

programs: $(PROGRAMS:%=program/%)
program/%:
	@mkdir -p $(BUILT)/$*/strings
	@cp $*/manifest.json $(BUILT)/$*/
	@cp $*/strings/*.json $(BUILT)/$*/strings/
	GOOS=wasip1 GOARCH=wasm $(GO) build $(GOFLAGS_RELEASE) -o $(BUILT)/$*/$(notdir $*).wasm ./$*
	@gzip -9nf $(BUILT)/$*/$(notdir $*).wasm

# A release is the same to the byte wherever it is made, with the same Go and gzip.
# nfpm, run and not linked, writes the packages; without it, ar and tar would.
VERSION  ?= 0.1.0
DIST     ?= dist
NFPM     := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
ARCHES   := amd64 arm64
RELEASE  := GOOS=linux GOAMD64=v1 GOARM64=v8.0 GOFLAGS= GOEXPERIMENT=
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)

release: $(ARCHES:%=$(DIST)/domicile_$(VERSION)_%.deb) ## dist/: binaries and packages for amd64 and arm64, to the byte the same each time
	@for arch in $(ARCHES); do cp $(DIST)/linux-$$arch/domicile $(DIST)/domicile_$(VERSION)_linux_$$arch; done
	@cd $(DIST) && sha256sum domicile_$(VERSION)_* | tee SHA256SUMS

$(DIST)/domicile_$(VERSION)_%.deb: $(DIST)/linux-%/domicile
	ARCH=$* VERSION=$(VERSION) DIST=$(DIST) $(GO) run $(NFPM) package --config cmd/packaging/nfpm.yaml --packager deb --target $@

# The embedded worker is the architecture's own: an overlay puts it in the place
# of this machine's.
.PHONY: $(ARCHES:%=$(DIST)/linux-%/domicile)
$(ARCHES:%=$(DIST)/linux-%/domicile): $(DIST)/linux-%/domicile: programs
	@mkdir -p $(@D)
	$(RELEASE) GOARCH=$* $(GO) build -buildvcs=false $(GOFLAGS_RELEASE) -o $(@D)/domicile-worker ./cmd/domicile-worker
	@echo '{"Replace": {"$(CURDIR)/$(BUILT)/domicile-worker": "$(abspath $(@D))/domicile-worker"}}' > $(@D)/overlay.json
	$(RELEASE) GOARCH=$* $(GO) build -buildvcs=false -overlay $(@D)/overlay.json -trimpath -ldflags='-s -w -X main.version=$(VERSION)' -o $@ ./cmd/domicile

demo: build ## a made-up household with simulated providers; prints a URL
	bin/domicile demo

gallery: build ## every page in every state, with made-up data; prints a URL
	$(GO) run ./examples/gallery/serve

AXE := examples/browser/node_modules/axe-core/axe.min.js

browser: ## what the tests need besides Go: Chromium, curl, python3, and axe-core as package-lock.json pins it
	@for need in chromium npm curl python3; do \
		command -v $$need >/dev/null || { $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -qy --no-install-recommends $$need; } || echo "$$need cannot be installed here."; \
	done
	@test $(AXE) -nt examples/browser/package-lock.json || npm ci --ignore-scripts --no-audit --no-fund --prefix examples/browser && touch $(AXE) \
		|| echo 'axe-core cannot be fetched here. The tests will say that nothing was tested in a browser.'

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

# Whole homes and the stories of the command line take minutes: make test has them.
quick: build ## the tests that take seconds (under 2 minutes)
	$(GO) test -short $$($(GO) list ./... | grep -vE '/(cmd/domicile|core/home)$$')

# The stories of cmd/domicile are told by processes of their own, which would take
# four times as long under the race detector; what they run is raced room by room.
test: build browser lint arm64 ## everything that proves the project (under 25 minutes)
ifneq ($(shell command -v gcc),)
	CGO_ENABLED=1 $(GO) test -race -timeout 20m $$($(GO) list ./... | grep -v '/cmd/domicile$$')
	$(GO) test -timeout 20m ./cmd/domicile
else
	@echo 'No C compiler: the tests run WITHOUT the race detector.'
	$(GO) test -timeout 20m ./...
endif
	bin/domicile demo --check

# Every test that has a long form reads DOMICILE_SOAK; each prints one SUMMARY.
SOAK     ?= ./core/... ./cmd/...
FUZZTIME ?= 20s
soak: build ## kill -9, damage and fuzz rounds at their full numbers (hours)
	@echo 'All of it is written to bin/soak.log.'
	DOMICILE_SOAK=1 $(GO) test -count=1 -timeout 180m -v $(SOAK) 2>&1 | tee bin/soak.log | grep -E --line-buffered '^(ok|FAIL|panic:|--- FAIL)|SUMMARY'
	@n=0; for package in $$($(GO) list $(SOAK)); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package >> bin/soak.log 2>&1 || { tail -20 bin/soak.log; echo "FAIL $$package $$target"; exit 1; }; \
			n=$$((n + 1)); \
		done; \
	done; echo "SUMMARY fuzz: $$n targets, $(FUZZTIME) each, no crash, nothing misread"

bench: build ## one table, each figure beside its reference (about ten minutes)
	$(GO) run ./examples/bench

arm64:
	GOOS=linux GOARCH=arm64 $(GO) build $(GOFLAGS_RELEASE) -o /dev/null ./cmd/domicile
	GOOS=linux GOARCH=arm64 $(GO) build $(GOFLAGS_RELEASE) -o /dev/null ./cmd/domicile-worker
	GOOS=linux GOARCH=arm64 $(GO) vet ./...

clean: ## remove what was built
	rm -rf bin $(DIST) $(BUILT)/domicile-worker $(BUILT)/connectors $(BUILT)/apps
