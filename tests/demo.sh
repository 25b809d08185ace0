#!/bin/sh
# The main job, seen once from start to end: a simulated CRM on a free loopback port, an initial sync
# of a small portfolio into a throw-away database: in the dashboard on a terminal (q leaves it), with
# a closing summary elsewhere. Exit code: the sync's, or the dashboard's. Nothing stays behind.
set -u
build=${IPSYNC_BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/ipsync-demo.XXXXXX") || exit 3
sim=

clean_up() {
    [ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# On a screen there is to be something to see: more merchants, some of which fail at first.
merchants=60
rate=6000
if [ -t 0 ] && [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    screen=1
    merchants=400
    rate=3000
fi

"$build/crm-sim" --merchants "$merchants" --rate-limit "$rate" --log "$work/requests.log" \
    >"$work/url" 2>"$work/sim.err" &
sim=$!
for _ in $(seq 100); do
    read -r url <"$work/url" 2>/dev/null && break
    kill -0 "$sim" 2>/dev/null || break
    sleep 0.1
done
if [ -z "${url:-}" ]; then
    echo 'demo: the simulated CRM did not start' >&2
    cat "$work/sim.err" >&2
    exit 3
fi

# Of the surroundings' settings only what is said here counts.
for name in $(env | sed -n 's/^\(IRELANDPAY_[A-Z_]*\|IPSYNC_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
export IPSYNC_CONFIG=/dev/null IRELANDPAY_CRM_API_KEY=demo-key IRELANDPAY_CRM_BASE_URL="$url"

if [ -n "${screen:-}" ]; then
    echo "A simulated CRM with $merchants merchants answers at $url"
    "$build/ipsync" dashboard --start initial -d "$work/demo.db"
    code=$?
    "$build/ipsync" status -d "$work/demo.db"
    exit "$code"
fi
echo "A simulated CRM with $merchants merchants answers at $url"
echo "\$ ipsync sync initial"
"$build/ipsync" sync initial -d "$work/demo.db"
code=$?
echo
echo "\$ ipsync status"
"$build/ipsync" status -d "$work/demo.db"
exit "$code"
