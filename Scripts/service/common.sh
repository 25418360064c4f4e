# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts share that ask a running server: a Python with their packages, and the release program on a free port.
# They source this from the repository's root, under `set -euo pipefail`.

program=$PWD/.build/release/embedder
service_venv=$PWD/.build/service-venv
# Seconds a server may take until it is ready.
start_seconds=60
# Where a server works and writes its log: away from any .env.
scratch=$(mktemp -d)
log=$scratch/log
server=

problem() { printf 'error: %s\n' "$*" >&2; }
fail() { problem "$@"; exit 1; }

# Sets `python` to one that has requirements.txt, from PyPI.
use_python() {
    local requirements=Scripts/service/requirements.txt
    python=$service_venv/bin/python
    if cmp --silent "$requirements" "$service_venv/requirements.txt"; then return 0; fi
    rm -rf "$service_venv"
    python3 -m venv "$service_venv" ||
        fail "python3 can't make virtual environments; type:  apt-get install python3-venv"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    # Last, so that an installation that broke off is done again.
    cp "$requirements" "$service_venv/requirements.txt"
}

# start_server [VARIABLE=VALUE…]: sets `url` once the server can compute.
# shellcheck disable=SC2120
start_server() {
    local deadline=$((SECONDS + start_seconds))
    [ -x "$program" ] || fail "there is no $program; type:  make build"
    : >"$log"  # The server may start later than the loop below.
    env --chdir="$scratch" "$@" "$program" serve --port 0 --log-format json >/dev/null 2>"$log" &
    server=$!
    while [ "$SECONDS" -lt "$deadline" ]; do
        kill -0 "$server" 2>/dev/null || fail "the server ended: $(cat "$log")"
        url=$(sed -n 's/.*"message":"listening".*"url":"\([^"]*\)".*/\1/p' "$log" | head -n 1)
        if [ -n "$url" ] && is_ready; then return 0; fi
        sleep 0.05
    done
    fail "the server is not ready after $start_seconds s: $(cat "$log")"
}

# `-q`: without the configuration of a person or a script.
is_ready() { command curl -q --silent --fail --max-time 5 --output /dev/null "$url/health/ready"; }

stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

tidy_up() {
    stop_server
    rm -rf "$scratch"
}
trap tidy_up EXIT
