#!/usr/bin/env bash
# The golden files decode to the same symbols, with one thread and with two, in debug and release builds for x86-64,
# x86-64-v3 and x86-64-v4 (those of them that this processor runs). Prints a line for each build; fails if two differ.
# `builds.sh again TABLES PACK...` does so with lossless packs, and encodes them again; PROFILES=release leaves debug builds out.
set -euo pipefail
program=${1:-digest}
files=(); for file in "${@:2}"; do files+=("$(realpath "$file")"); done
cd "$(dirname "$0")/.."

levels="x86-64"
for level in x86-64-v3:avx2 x86-64-v4:avx512vl; do
  if grep -q -w "${level#*:}" /proc/cpuinfo; then levels+=" ${level%:*}"; else echo "${level%:*}: not on this processor"; fi
done
for level in $levels; do
  for profile in ${PROFILES:-dev release}; do
    # The debug build without the optimisation that tests of the core have. A target by its name keeps the flags away
    # from what only runs while compiling.
    symbols=$(RUSTFLAGS="-C target-cpu=$level" cargo run --quiet --profile "$profile" -p latentcodec-trust \
      --bin "$program" \
      --config profile.dev.package.latentcodec-core.opt-level=0 \
      --target "$(rustc -vV | sed -n 's/^host: //p')" --target-dir target/builds -- "${files[@]}")
    echo "$level $profile: $symbols"
    if [ "${first:=$symbols}" != "$symbols" ]; then echo "builds differ" >&2; exit 1; fi
  done
done
