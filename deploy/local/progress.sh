#!/usr/bin/env bash
# Sourced by the steps beside it: where the repository is, and one line for each thing that takes a while.
set -euo pipefail

HEJNAL_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export HEJNAL_ROOT
# shellcheck disable=SC2034 # read by the steps that source this
VENV="$HEJNAL_ROOT/.venv"
LOCAL="$HEJNAL_ROOT/.local"
mkdir -p "$LOCAL"

say() {
  printf '\033[1m▸ %s\033[0m\n' "$*" >&2
}

fail() {
  printf '\033[31m✗ %s\033[0m\n' "$*" >&2
  exit 1
}

# step TEXT COMMAND… — runs it quietly; its output is shown only when it fails.
step() {
  local text="$1" started output
  shift
  say "$text"
  started=$SECONDS
  output="$(mktemp)"
  if ! "$@" >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    fail "$text: failed"
  fi
  rm -f "$output"
  printf '  done in %s s\n' "$((SECONDS - started))" >&2
}

# digest_of FILE… — one word that changes with the files' content.
digest_of() {
  cat -- "$@" | sha256sum | cut -c1-16
}
