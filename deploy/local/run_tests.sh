#!/usr/bin/env bash
# All tests, in the order that lets the last line tell of the most: web, browser, then everything else in one pytest run.
# A failure of any of them fails the whole.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/progress.sh"

cd "$HEJNAL_ROOT"
status=0

say "web: unit tests"
"$(dirname "$0")/web.sh" test || status=1

# A synchronous browser page and asyncio tests do not live in one process.
if compgen -G 'tests/browser/test_*.py' >/dev/null; then
  say "browser tests"
  "$VENV/bin/python" -m pytest -q -p playwright -o addopts='-ra --strict-markers --strict-config --import-mode=importlib' tests/browser || status=1
fi

if [ "$status" -ne 0 ]; then
  say "something above has failed; the rest runs all the same, and the whole fails"
fi
say "unit, flow, architecture, contract, integration and smoke tests"
"$VENV/bin/python" -m pytest --ignore=tests/browser --ignore=tests/bench tests || status=1
exit "$status"
