#!/usr/bin/env bash
# Runs a shop, a mailer and a NATS server, kills each of them in turn while orders are placed, and shows that both ends
# agree. Then the stock, a program in Python, prints the orders and returns an item.
#
# Usage: examples/services/run.sh [ROUNDS]
#
# Each round places 200 orders and kills one process; 5 rounds are the default. PYTHON is a Python with nats-py.
set -euo pipefail

rounds=${1:-5}
here=$(cd "$(dirname "$0")" && pwd)
cargo build --manifest-path "$here/Cargo.toml" --locked
programs=${CARGO_TARGET_DIR:-$here/target}/debug
PATH=$PATH:/usr/sbin # Debian's nats-server

folder=$(mktemp -d)
declare -A processes=()
end() {
    for process in "${processes[@]}"; do
        kill -9 "$process" 2>/dev/null || true
    done
    sleep 0.5
    rm -rf "$folder"
}
trap end EXIT
cd "$folder"

port=$((10000 + RANDOM % 20000))
while (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
    port=$((10000 + RANDOM % 20000))
done
address=127.0.0.1:$port
shop() { "$programs/shop" --database shop.db --nats "$address" "$@"; }
mailer() { "$programs/mailer" --database mailer.db --nats "$address" "$@"; }

# start NAME: starts a process, whose messages go to a file.
start() {
    case $1 in
        server) exec nats-server -a 127.0.0.1 -p "$port" -js -sd store ;;
        shop) exec "$programs/shop" --database shop.db --nats "$address" run ;;
        mailer) exec "$programs/mailer" --database mailer.db --nats "$address" run ;;
    esac </dev/null >>"$1.log" 2>&1 &
    processes[$1]=$!
    # The shell says nothing when it is killed.
    disown "$!"
    if [[ $1 == server ]]; then
        until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.1; done
        until shop setup 2>>setup.log; do sleep 0.1; done
    fi
}

# supervise: starts a service again that has ended, since the server was down when it started.
supervise() {
    local name
    for name in shop mailer; do
        kill -0 "${processes[$name]}" 2>/dev/null || start "$name"
    done
}

# wait_for TEXT COMMAND…: waits until the command prints the text.
wait_for() {
    local expected=$1
    shift
    for _ in {1..6000}; do
        if [[ $("$@") == "$expected" ]]; then
            return
        fi
        supervise
        sleep 0.1
    done
    printf 'expected: %s\nfound: %s\n' "$expected" "$("$@")" >&2
    tail -n 20 ./*.log >&2
    exit 1
}

start server
start shop
start mailer
names=(shop mailer server)
for ((round = 0; round < rounds; round++)); do
    shop place 200 &
    placing=$!
    sleep "0.$((RANDOM % 10))"
    if ((round < 3)); then name=${names[round]}; else name=${names[RANDOM % 3]}; fi
    kill -9 "${processes[$name]}" 2>/dev/null || true
    while kill -0 "${processes[$name]}" 2>/dev/null; do sleep 0.02; done
    start "$name"
    supervise
    wait "$placing"
    printf 'round %s: 200 orders placed, %s killed\n' "$((round + 1))" "$name"
done
orders=$((rounds * 200))
wait_for "$orders orders, 0 refunds" shop show
wait_for "$orders mails, 0 sent twice, 0 out of order" mailer show
printf 'both ends agree: '
mailer show

# Each service keeps the schemas of the signals that it receives.
shop durable schema export schemas >/dev/null
diff -u "$here/schemas/order.placed.v1.json" schemas/order.placed.v1.json
mailer durable schema check "$here/schemas/order.placed.v1.json"
shop durable schema check "$here/schemas/item.returned.v1.json"

"${PYTHON:-python3}" "$here/stock.py" "$address" "$orders" >stock.log
head -n 3 stock.log
[[ $(cut -d ' ' -f 3 stock.log | sort -un | wc -l) == "$orders" ]]
wait_for "$orders orders, 1 refunds" shop show
printf 'the item that the stock has returned is refunded\n'
