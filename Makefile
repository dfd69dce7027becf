# `make run` and `make test` do all the set-up there is; the other targets are for development.
.PHONY: run test parity soak setup setup-test floor bench peers lint help

CARGO ?= cargo
TEST_FEATURES = cli,testing,conformance

LISTEN ?= 127.0.0.1:8082
BIN = $(or $(CARGO_TARGET_DIR),target)

run: setup ## Print a page as Markdown with URL=https://example.com; without URL start the server.
	@$(CARGO) build --release --quiet --features cli
ifdef URL
	@$(BIN)/release/browsr scrape "$(URL)"
else
	@echo "try it from another terminal:"
	@echo "  curl -s http://$(LISTEN)/v1/scrape -H 'content-type: application/json' -d '{\"url\": \"https://example.com\"}'"
	@$(BIN)/release/browsr serve --listen $(LISTEN)
endif

test: setup-test ## Run every test, in real browsers.
	$(CARGO) test --workspace --features $(TEST_FEATURES) --no-run
	@scripts/setup.sh wait
	BROWSR_TEST_REQUIRE=1 $(CARGO) test --workspace --features $(TEST_FEATURES)
	scripts/schemathesis.sh $(BIN)/debug/browsr

parity: setup-test ## Compare pages in sessions with the plain browsers, asked anew; BROWSR_UPDATE=1 writes the table.
	@scripts/setup.sh wait
	BROWSR_PARITY=anew $(CARGO) test --test parity --features $(TEST_FEATURES) -- $(PROBES)

soak: setup-test ## Open 50 sessions in a row on a Selenium Grid, and look that none is left.
	@scripts/setup.sh wait
	BROWSR_TEST_REQUIRE=1 BROWSR_GRID_SESSIONS=50 $(CARGO) test -p browsr-webdriver --test grid -- --nocapture

setup: ## Install what running needs.
	@scripts/setup.sh run

setup-test: ## Install what the tests need.
	@scripts/setup.sh test

floor: setup-test ## Measure against hand-written protocol loops, in a real browser.
	$(CARGO) run --release --manifest-path benches/floor/Cargo.toml --target-dir target

bench: ## Run the criterion benchmarks, without a browser.
	$(CARGO) bench --bench markdown

peers: ## Measure the Markdown engine beside published ones; PAGES names HTML files, folders or JSON lines.
	$(CARGO) run --release --manifest-path benches/peers/Cargo.toml --target-dir target -- $(or $(PAGES),tests/markdown/pages)

lint: ## What CI checks beside the tests.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --lib --no-default-features -- -D warnings
	$(CARGO) clippy --workspace --lib --features cdp -- -D warnings
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --all-features
	scripts/check-tree.sh

help: ## Show this.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14
