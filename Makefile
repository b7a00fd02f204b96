# `make run` sets everything up and starts NeuroScan; `make test` sets everything up and runs all that CI runs.

PYTHON ?= python3
CARGO ?= cargo
TOOLS := $(CURDIR)/third_party/tools
export CARGO_TERM_COLOR ?= auto

.PHONY: run test check bench screenshots models lungs science cuda libtorch toolchain window-libraries test-libraries release deny clean

run: release window-libraries
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec target/release/neuroscan; \
	else echo "No display: running the demo without a window."; exec target/release/neuroscan demo --out out/demo; fi

# Everything CI runs. Ends with cargo's own summary lines.
test: check test-libraries
	$(CARGO) test --no-fail-fast
	sh scripts/window_test.sh target/debug/neuroscan

check: toolchain libtorch deny
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --document-private-items --lib
	$(TOOLS)/bin/cargo-deny --log-level error check bans licenses sources

# Speed against the same networks in PyTorch, decoding against PIL, frame time, memory: ratios from one run.
bench: release
	$(PYTHON) scripts/bench.py target/release/neuroscan

# Every screen off-screen into out/screenshots.
screenshots: release test-libraries
	sh scripts/screenshots.sh out/screenshots

# Trains the bundled models anew. DATA is a folder in the Kaggle layout.
models: release
	sh scripts/train_models.sh "$(DATA)"

# Trains the lung mask anew from X-rays in IMAGES and human-made masks of the same names in MASKS.
lungs: release
	target/release/neuroscan train-lungs --images "$(IMAGES)" --masks "$(MASKS)" --out models/lungs

# The table of the README: 3 seeds a model, on DATA.
science: release
	sh scripts/science.sh "$(DATA)"

release: toolchain libtorch
	$(CARGO) build --release

libtorch:
	@$(PYTHON) scripts/fetch_libtorch.py

cuda:
	@$(PYTHON) scripts/fetch_libtorch.py --cuda

toolchain:
	@sh scripts/check_toolchain.sh "$(CARGO)" "$(PYTHON)"

window-libraries:
	@sh scripts/system_libraries.sh window

test-libraries:
	@sh scripts/system_libraries.sh test

deny: toolchain
	@[ -x $(TOOLS)/bin/cargo-deny ] || $(CARGO) install --quiet --locked --debug --root $(TOOLS) cargo-deny@0.20.2

clean:
	$(CARGO) clean
	rm -rf out
