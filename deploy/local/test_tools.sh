#!/usr/bin/env bash
# What the tests need beside the Python packages: a browser, PostgreSQL's programs, Prometheus with promtool.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/progress.sh"
. "$(dirname "$0")/packages.sh"

has_postgres() {
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

missing=()
# Ubuntu's chromium is a wrapper that asks for a snap: there the tests of the browser say why they skip.
command -v chromium >/dev/null || missing+=(chromium)
has_postgres || missing+=(postgresql)
command -v promtool >/dev/null || missing+=(prometheus)
if [ "${#missing[@]}" -gt 0 ]; then
  install_packages "${missing[@]}"
fi
