# Sourced by the scripts beside it: where things are, and how to say what happens.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

# Each module is built and tested by itself, as its users get it; go.work is for
# working in the repository and would raise versions across modules.
export GOWORK=off

# Modules, the root first; their go.mod files say what they are. bench/caddy is not among them:
# scripts/bench alone builds it, and to build and vet the 936 packages behind it takes many minutes.
modules=(.)
while IFS= read -r file; do
  modules+=("$(dirname "$file")")
done < <(git ls-files --cached --others --exclude-standard '*/go.mod' | grep -v -e /testdata/ -e '^bench/caddy/' | sort)

# shellcheck disable=SC2034 # for the scripts that source this
started=$SECONDS

# step NAME COMMAND... runs a command under a heading and stops everything when it fails.
# Inside a function run by it `set -e` does not hold: each command must be followed by
# `|| return 1` or be the last.
step() {
  local name=$1 begun=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if ! "$@"; then
    printf '\nFAILED: %s\n' "$name" >&2
    exit 1
  fi
  printf '   %ds\n' "$((SECONDS - begun))"
}

# in_modules COMMAND... runs a command in each module's folder.
in_modules() {
  local module
  for module in "${modules[@]}"; do
    (cd "$module" && "$@") || { printf 'in module %s: %s\n' "$module" "$*" >&2; return 1; }
  done
}

# packages NAME... makes sure that Debian packages are there. Not being able to is
# an error under CI only: the tests that need them then skip, and say so.
packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install_unstarted "${missing[@]}" && return
  fi
  printf 'Not installed: %s. Tests against them will be skipped; install them, or run as root on Debian.\n' "${missing[*]}" >&2
  [ -z "${CI:-}" ]
}

# install_unstarted NAME... installs Debian packages without the services that Debian would start:
# the tests start servers of their own, and four web servers would fight for port 80.
install_unstarted() {
  local policy=/usr/sbin/policy-rc.d own='' status=0 name
  if [ ! -e "$policy" ]; then
    own=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || return 1
  fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } || status=$?
  [ -z "$own" ] || rm -f "$own"
  if command -v systemctl >/dev/null; then # nor at the next boot
    for name in "$@"; do
      systemctl disable "$name" >/dev/null 2>&1 || true
    done
  fi
  return "$status"
}

# tools builds what tools/go.mod pins into a folder that goes when the script ends.
tools() {
  bin=$(mktemp -d)
  trap 'rm -rf "$bin"' EXIT
  go build -C tools -o "$bin/" tool ./doccheck
}
