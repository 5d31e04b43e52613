#!/usr/bin/env bash
# A PostgreSQL server for tests and benchmarks.
#
# Usage: tests/postgres.sh start DIR
#        tests/postgres.sh stop DIR
#        tests/postgres.sh crash DIR
#
# `start` makes a cluster in DIR if there is none, starts its server, and prints the URL when it takes
# connections: on a port of 127.0.0.1 that stays DIR's, and on a socket in DIR. Each user of this machine
# may connect as its superuser. `stop` ends all connections; what was committed stays.
# `crash` aborts the server, which recovers at its next start.
#
# Needs PostgreSQL's initdb and pg_ctl. They refuse to be root: for root they run as the user
# postgres, if there is one, or else as the user with the id 65534, who gets DIR and has to be able to reach it.
set -euo pipefail

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

[[ $# -eq 2 && $1 =~ ^(start|stop|crash)$ ]] || fail "usage: $0 start|stop|crash DIR"
mkdir -p "$2"
# Where the server's user may be, too.
cd "$2"
dir=$PWD

# Debian keeps them off PATH, a directory for each version.
newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
PATH=$PATH:$newest
command -v initdb >/dev/null && command -v pg_ctl >/dev/null ||
    fail 'there is no initdb and pg_ctl: install the PostgreSQL server (on Debian, the package postgresql)'

as_server=()
if [[ $EUID -eq 0 ]]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=$(id -un 65534)
    as_server=(runuser -u "$user" --)
    [[ -e $dir/cluster ]] || chown "$user" "$dir"
fi

server() {
    # Not on our output, which the server would keep open.
    "${as_server[@]}" "$@" >"$log" 2>&1 || fail "$(cat "$log"; tail -n 20 "$dir"/server.log 2>/dev/null)"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [[ $1 != start ]]; then
    [[ $1 == stop ]] && mode=fast || mode=immediate
    [[ ! -e cluster/postmaster.pid ]] || server "$(command -v pg_ctl)" stop -D "$dir/cluster" -m "$mode" -w
    exit
fi

if [[ ! -e cluster ]]; then
    server "$(command -v initdb)" -D "$dir/cluster" -U postgres -A trust -E UTF8 --no-locale
    # Below the ports that the system assigns by itself. It is free if there is no answer.
    port=$((10000 + RANDOM % 20000))
    while (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
        port=$((10000 + RANDOM % 20000))
    done
    cat >>cluster/postgresql.conf <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 100
fsync = on
END
fi
server "$(command -v pg_ctl)" start -D "$dir/cluster" -l "$dir/server.log" -w
port=$(sed -n 's/^port = //p' cluster/postgresql.conf)
printf 'postgres://postgres@127.0.0.1:%s/postgres\n' "$port"
