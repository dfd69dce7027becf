#!/bin/sh
# Sends what schemathesis makes of /openapi.json to a running server, and checks that every answer is described, none is
# an error of the server, and none takes too long: `schemathesis.sh PROGRAM`.
#
# The server is the real program with real browsers and short limits, since what a browser does to an answer is part of
# the answer. Not asked is whether bad input is refused and good input taken: commands take more than is described, on
# purpose, and no made-up URL can be visited; the router tests ask that.
set -eu

program=${1:-target/debug/browsr}
venv=${VENV:-.venv}
version=4.32.0
here=$(dirname "$0")

if [ "$("$venv/bin/python" -c 'import importlib.metadata as m; print(m.version("schemathesis"))' 2>/dev/null)" != "$version" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

work=$(mktemp -d)
chmod 755 "$work"
server=""
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM

BROWSR_API_KEY=bak_schemathesis_0123456789 BROWSR_TOKEN_KEY_FILE="$work/token.key" TMPDIR="$work" \
    "$program" serve --listen 127.0.0.1:0 --max-sessions 4 --slot-timeout 1 --create-timeout 4 --command-timeout 1 \
    --scrape-timeout 4 --idle-timeout 2 --drain-timeout 2 >"$work/out" 2>"$work/err" &
server=$!
address=""
for _ in $(seq 100); do
    address=$(sed -n 's/^browsr listening on //p' "$work/out")
    [ -z "$address" ] || break
    sleep 0.1
done
[ -n "$address" ] || { cat "$work/err" >&2; exit 1; }

SCHEMATHESIS_HOOKS="$here/schemathesis_hooks.py" timeout 300 "$venv/bin/schemathesis" run "$address/openapi.json" \
    --header "Authorization: Bearer bak_schemathesis_0123456789" --phases examples,coverage,fuzzing --max-examples 20 \
    --workers 1 --seed 1 --max-response-time 6 --request-timeout 10 --continue-on-failure \
    --checks all --exclude-checks not_a_server_error,negative_data_rejection,positive_data_acceptance

kill -0 "$server" || { echo "the server has ended" >&2; cat "$work/err" >&2; exit 1; }
