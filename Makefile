# make study | make test | make lint | make docs | make study-full | make release | make wheel | make bench   (make help says more)
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export VIRTUAL_ENV := $(abspath $(VENV))
export PATH := $(abspath $(BIN)):$(PATH)
# dvc: no statistics sent. glibc: keep freed tensors instead of returning them to the system (training is 10-15 % faster).
export DVC_NO_ANALYTICS := 1
export MALLOC_TRIM_THRESHOLD_ := 100000000000
export MALLOC_MMAP_THRESHOLD_ := 4294967296
# Threads that wait sleep: spinning, they take the core from what else runs, and training was up to ten times as slow.
export OMP_WAIT_POLICY := passive

.PHONY: help study study-full fine-tune test lint docs release wheel bench fuzz web web-test clean
help:
	@echo "make study       set up, then run the embedded study (dvc repro)"
	@echo "make test        set up, then run all tests, Python's and Rust's"
	@echo "make lint        ruff, mypy, cargo fmt, clippy"
	@echo "make docs        a page for every public class and function, into build/reference"
	@echo "make study-full  the study at the courses' scale (hours; resumes): MIRROR=folder for data already at hand;"
	@echo "                 [STAGES=fit_rate_distortion@photo]: these stages and what they need, into .full/ alone"
	@echo "make fine-tune   PICTURES=folder NAME=mine [TERMS='CC0'] [TEST=folder] [MINUTES=5]: photo-v3's coder learns your"
	@echo "                 pictures, with minutes its decoder too: a bundle in exports/release"
	@echo "make release     NAME=mine [CODEC=resae_v2] [STUDY=.full] [TERMS='CC0'] [PICTURES=folder]: a bundle into exports/release"
	@echo "make wheel       what pip installs, with the bundles that others may use, into dist/"
	@echo "make bench       the codec beside others on this machine, into bench/RESULTS.md:"
	@echo "                 [BUNDLE=mine] [DIGITS=a bundle for digits] [MIRROR=folder]"
	@echo "make fuzz        a minute of every fuzz target (cargo install cargo-fuzz): FUZZ_SECONDS=60"
	@echo "make web         the viewer for browsers and the JavaScript module, into build/web"
	@echo "make web-test    its tests in Node and in headless Chromium"

study: $(VENV)/built
	$(BIN)/python -m stages.repro
	dvc metrics show

study-full: $(VENV)/built
	MIRROR="$(MIRROR)" $(BIN)/python -m stages.study_full $(STAGES)

test: $(VENV)/built
	$(BIN)/pytest
	cd codec_rs && cargo test --workspace --quiet

lint: $(VENV)/built
	ruff format --check .
	ruff check .
	mypy
	cd codec_rs && cargo fmt --all --check
	cd codec_rs && cargo clippy --workspace --all-targets --quiet -- -D warnings

# pdoc wonders where the keys of a TypedDict are from that it does not inherit: EncodeOptions has those of CodingOptions.
docs: $(VENV)/built
	$(BIN)/python -W error -W "ignore:Cannot determine where:UserWarning" -m pdoc --docformat google \
	  --output-dir build/reference latentcodec $(addprefix latentcodec.,settings evaluation torch ray)

CODEC ?= resae_v2
STUDY ?= .
TERMS ?= not stated
release: $(VENV)/built
	$(if $(NAME),,$(error say what the bundle is to be called: make release NAME=mine))
	$(BIN)/python -m stages.release "$(NAME)" --codec "$(CODEC)" --study "$(STUDY)" --terms "$(TERMS)" $(if $(PICTURES),--measure-on "$(PICTURES)")

MINUTES ?= 0
fine-tune: $(VENV)/built
	$(if $(and $(NAME),$(PICTURES)),,$(error say what it learns from, and what the bundle is to be called: make fine-tune PICTURES=folder NAME=mine))
	$(BIN)/python -m stages.fine_tune "$(PICTURES)" --name "$(NAME)" --minutes "$(MINUTES)" --terms "$(TERMS)" $(if $(TEST),--test "$(TEST)")

wheel: $(VENV)/built
	maturin build --release --out dist

bench: $(VENV)/built # with glibc as users have it
	env -u MALLOC_TRIM_THRESHOLD_ -u MALLOC_MMAP_THRESHOLD_ $(BIN)/python -m bench \
	  $(if $(BUNDLE),--bundle "$(BUNDLE)") $(if $(DIGITS),--digits "$(DIGITS)") $(if $(MIRROR),--mirror "$(MIRROR)")

# Sanitizers and coverage of branches are unstable options of rustc; the sources need none.
FUZZ_SECONDS ?= 60
fuzz:
	cd codec_rs && for target in image pack tables stream pixels planes codebook; do \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none $$target -- -max_total_time=$(FUZZ_SECONDS) \
	    -max_len=4096 -timeout=5 -malloc_limit_mb=256 || exit 1; \
	done

# Needs a Rust for wasm32-unknown-unknown: docs/web.md.
web: $(VENV)/built
	$(BIN)/python -m web.build

web-test: web
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group web
	$(BIN)/pytest tests/web -rs

clean:
	rm -rf $(VENV) build codec_rs/target codec_rs/web/target exports/study

# The environment: Python's packages as requirements.txt pins them, then the codec with its Rust extension, and what the
# study alone computes in Rust, which is in no wheel.
$(VENV)/packages: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "latentcodec needs Python >= 3.11 (make PYTHON=python3.12 ... names another); '$(PYTHON)' is not that" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "latentcodec needs Python's venv module (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet "$$(grep ^uv== requirements.txt)"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt
	@touch $@

RUST_SOURCES := $(shell find codec_rs -name target -prune -o \( -name '*.rs' -o -name '*.pyi' -o -name 'Cargo.*' \) -print)
$(VENV)/built: $(VENV)/packages pyproject.toml codec_rs/study/pyproject.toml $(RUST_SOURCES)
	@command -v cargo >/dev/null || \
	  { echo "latentcodec needs Rust's cargo to build its entropy coder (https://rustup.rs)" >&2; exit 1; }
	maturin develop --release --uv --quiet
	maturin develop --release --uv --quiet -m codec_rs/study/Cargo.toml
	@touch $@
