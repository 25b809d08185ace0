#!/bin/sh
# The main job, seen once from start to end: a simulated CRM on a free loopback port, an initial sync
# of a small portfolio into a throw-away database, and what ipsync says of it afterwards.
# Exit code: the sync's. Nothing stays behind.
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

"$build/crm-sim" --merchants 60 --rate-limit 6000 --log "$work/requests.log" \
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

echo "A simulated CRM with 60 merchants answers at $url"
echo "\$ ipsync sync initial"
"$build/ipsync" sync initial -d "$work/demo.db"
code=$?
echo
echo "\$ ipsync status"
"$build/ipsync" status -d "$work/demo.db"
exit "$code"
