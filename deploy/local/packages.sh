#!/usr/bin/env bash
# Sourced: installs Debian's or Ubuntu's packages that are missing, and starts none of their services.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

may_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }
}

# install_packages PACKAGE… — fails, naming them, when this machine does not let us.
install_packages() {
  may_install || fail "please install: $* (this needs apt-get, and root or sudo)"
  if [ ! -e "$LOCAL/.package-lists" ] || [ -n "$(find "$LOCAL/.package-lists" -mmin +720)" ]; then
    step "refresh the lists of packages (apt-get update)" as_root apt-get update -q
    touch "$LOCAL/.package-lists"
  fi
  step "install $* (apt-get)" without_services as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@"
}

# Debian starts a server as soon as it is installed. Ours are started by the tests and the stack alone,
# so a policy refuses the start, and a server that came new is not started at boot either.
without_services() {
  local policy=/usr/sbin/policy-rc.d made="" status=0 unit
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=1
  fi
  "$@" || status=$?
  if [ -n "$made" ]; then
    as_root rm -f "$policy"
  fi
  if [ "$status" -eq 0 ] && [ -d /run/systemd/system ]; then
    for unit in prometheus postgresql; do
      case " $* " in *" $unit "*) as_root systemctl disable --now "$unit" || true ;; esac
    done
  fi
  return "$status"
}
