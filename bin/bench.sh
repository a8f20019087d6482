# shellcheck shell=bash
# Sourced by bin/bench and bin/bench-segments, which set $seconds, $rounds and $admin: builds kith, and what both measure with.
command -v wrk > /dev/null || { echo "bench: installing wrk"; ${SUDO:-$([ "$(id -u)" = 0 ] || echo sudo)} apt-get install -y -qq wrk > /dev/null; }
pg=${KITH_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
cargo build --release --quiet
kith=$PWD/target/release/kith
work=$(mktemp -d) && chmod 711 "$work"
server=
finish() { [ -z "$server" ] || { kill "$server" 2> /dev/null; wait "$server" 2> /dev/null; } || true; rm -rf "$work"; }
trap finish EXIT
export KITH_METRICS=off KITH_LOG=warn KITH_BIND=127.0.0.1:18765
base=http://$KITH_BIND
sql() { "$pg/psql" -X -q -v ON_ERROR_STOP=1 -h "$KITH_DATA/run" -U "$1" -d kith "${@:2}"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
milliseconds() { local from=$EPOCHREALTIME; "$@" > /dev/null; awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }'; }

start() { # serve|demo: waits until it says where it is, and leaves the milliseconds in $took
    local from=$EPOCHREALTIME; : > "$work/out"
    "$kith" "$1" > "$work/out" 2> "$work/log" & server=$!
    until grep -q '^kith is at' "$work/out"; do kill -0 "$server"; sleep 0.01; done
    took=$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')
}
stop() { kill "$server"; wait "$server" || true; server=; }

sign_in() { # leaves the cookie in $cookie
    local jar=$work/jar.$RANDOM csrf
    csrf=$(curl -s -c "$jar" "$base/sign-in" | grep -o 'name="csrf" value="[^"]*"' | head -n 1 | cut -d'"' -f4)
    curl -s -o /dev/null -b "$jar" -c "$jar" --data-urlencode "csrf=$csrf" --data-urlencode "email=$1" --data-urlencode "password=$2" "$base/sign-in"
    cookie="Cookie: $(awk '$6 == "kith_session" { print $6 "=" $7 }' "$jar")"
}

# The median of a column, over the rounds in a file.
middle() { awk -v column="$2" '{ print $column }' "$1" | median; }

over_http() { # events-of-a-call connections: calls a second, and the milliseconds that half of them and 99 of 100 took at most
    wrk -t "$(($2 < 2 ? $2 : 2))" -c "$2" -d "${seconds}s" --timeout 30s -s bin/bench.lua "$base" -- "$key" "$work/people" "$1" |
        awk '/^result/ { print $2, $3, $4; is_good = $5 == 0 } END { exit !is_good }' || { echo "bench: calls failed" >&2; exit 1; }
}
