#!/bin/sh
# Opens the real window on a virtual display, takes a picture of it, checks that something is drawn, closes it.
# Usage: window_test.sh PROGRAM [PICTURE]
set -eu
program=$1 picture=${2:-out/window.png}
mkdir -p "$(dirname "$picture")"
scratch=$(mktemp -d)
display=:$((90 + $$ % 400))
Xvfb "$display" -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
trap 'kill $app $server 2>/dev/null || true; rm -rf "$scratch"' EXIT
app=""
sleep 1
DISPLAY=$display XDG_DATA_HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_CACHE_HOME=$scratch "$program" >"$scratch/log" 2>&1 &
app=$!
colours=0
for second in $(seq 1 90); do
    sleep 1
    kill -0 $app 2>/dev/null || { echo "window test: the program ended by itself:"; cat "$scratch/log"; exit 1; }
    DISPLAY=$display import -window root "$picture" 2>/dev/null || continue
    colours=$(identify -format %k "$picture")
    [ "$colours" -gt 500 ] && break
done
[ "$colours" -gt 500 ] || { echo "window test: only $colours colours in $picture: the window is blank"; cat "$scratch/log"; exit 1; }
kill -TERM $app
wait $app 2>/dev/null || true
app=""
echo "window test: $colours colours after $second s in $picture"
echo "1 passed, 0 failed"
