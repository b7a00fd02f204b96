#!/bin/sh
# The results table: every architecture with the recommended settings and with those of the system this program
# replaces, three seeds each, and the one-line baselines, all scored on the same test images by one benchmark.
# Usage: science.sh DATA [OUT]      SEEDS="7 8 9" PRESETS="recommended neuroscan-pro" ARCHS="ae vae gan vit"
# A run that is complete is kept, an interrupted one goes on, so the command can be stopped and given again.
set -eu
data=${1:-}; out=${2:-out/science}
[ -n "$data" ] || { echo "usage: make science DATA=<folder with train/ and test/>" >&2; exit 2; }
neuroscan=${NEUROSCAN:-target/release/neuroscan}
set --
for preset in ${PRESETS:-recommended neuroscan-pro}; do
    for arch in ${ARCHS:-ae vae gan vit}; do
        for seed in ${SEEDS:-7 8 9}; do
            run=$out/runs/${arch}_${preset}_s$seed
            if [ -f "$run/metrics.json" ]; then
                echo "kept: $run"
            elif [ -f "$run/last.safetensors" ]; then
                "$neuroscan" train --resume "$run" --data "$data" --device cpu
            else
                rm -rf "$run"
                "$neuroscan" train --arch "$arch" --preset "$preset" --seed "$seed" --data "$data" --device cpu --out "$run" ${TRAIN_OPTIONS:-}
            fi
            set -- "$@" "$run"
        done
    done
done
"$neuroscan" benchmark --data "$data" --device cpu --out "$out" --model "$@"
${PYTHON:-python3} scripts/science_table.py "$out/metrics.json" > "$out/table.md"
cat "$out/table.md"
