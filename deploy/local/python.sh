#!/usr/bin/env bash
# The virtual environment with pinned, hashed packages. python.sh [runtime|tests]
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/progress.sh"
. "$(dirname "$0")/packages.sh"

UV_VERSION=0.13.9
STAMP="$VENV/.hejnal-installed"
wanted="${1:-runtime}"

# Tests need all that running needs: an environment that was made for tests stays one.
if [ "$wanted" = runtime ] && grep -qs '^tests ' "$STAMP"; then
  wanted=tests
fi
case "$wanted" in
  runtime) requirements="$HEJNAL_ROOT/requirements.txt" ;;
  tests) requirements="$HEJNAL_ROOT/requirements-dev.txt" ;;
  *) fail "use: python.sh [runtime|tests]" ;;
esac

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

make_venv() {
  local python
  python="$(find_python)"
  if [ -z "$python" ]; then
    install_packages python3 python3-venv
    python="$(find_python)"
    [ -n "$python" ] || fail "Python 3.11 or newer is needed; this system's python3 is $(python3 --version 2>&1)"
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages "$(venv_package "$python")"
  step "make the virtual environment with $("$python" --version)" "$python" -m venv "$VENV"
}

venv_package() {
  "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

state="$wanted $(digest_of "$requirements" "$HEJNAL_ROOT/pyproject.toml") $HEJNAL_ROOT"
if [ -x "$VENV/bin/hejnal" ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$state" ]; then
  exit 0
fi
[ -x "$VENV/bin/python" ] || make_venv
[ -x "$VENV/bin/uv" ] || step "install uv" "$VENV/bin/python" -m pip install -q "uv==$UV_VERSION"
export VIRTUAL_ENV="$VENV"
step "install the pinned Python packages ($(basename "$requirements"))" "$VENV/bin/uv" pip sync -q --compile-bytecode --require-hashes "$requirements"
step "install hejnal into the environment" "$VENV/bin/uv" pip install -q --no-deps --no-build-isolation -e "$HEJNAL_ROOT"
# Without compiled code each of five processes compiles a thousand files at every start where the environment forbids writing them.
step "compile hejnal's own code" "$VENV/bin/python" -m compileall -q "$HEJNAL_ROOT"/{hejnal,sandbox,services,shared}
echo "$state" >"$STAMP"
