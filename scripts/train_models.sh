#!/bin/sh
# Trains the bundled models anew with the recommended settings, benchmarks them, writes a model card into each folder.
# Usage: train_models.sh DATA [SEED]      ARCHS="ae vae gan vit restorer"   NEUROSCAN=target/release/neuroscan
#        TRAIN_OPTIONS="--epochs 2" for a quick try
# A model that is complete in out/models is kept, an interrupted one goes on, so the command can be given again.
set -eu
data=${1:-}; seed=${2:-7}
[ -n "$data" ] || { echo "usage: make models DATA=<folder with train/NORMAL>" >&2; exit 2; }
neuroscan=${NEUROSCAN:-target/release/neuroscan} archs=${ARCHS:-ae vae gan vit restorer} new=out/models
mkdir -p "$new" models/bundled
for arch in $archs; do
    run=$new/$arch
    if [ -f "$run/metrics.json" ]; then
        echo "kept: $run" >&2
    elif [ -f "$run/last.safetensors" ]; then
        "$neuroscan" train --resume "$run" --data "$data" --device cpu
    else
        rm -rf "$run"
        "$neuroscan" train --arch "$arch" --data "$data" --seed "$seed" --device cpu --out "$run" ${TRAIN_OPTIONS:-}
    fi
done
set --
for arch in $archs; do
    set -- "$@" "$new/$arch"
done
"$neuroscan" benchmark --data "$data" --device cpu --model "$@" --out "$new/benchmark"
for arch in $archs; do
    ${PYTHON:-python3} scripts/model_card.py "$new/$arch" "$new/benchmark/metrics.json" > "$new/$arch/README.md.new"
    mv "$new/$arch/README.md.new" "$new/$arch/README.md"
    rm -rf "models/bundled/$arch"
    cp -R "$new/$arch" "models/bundled/$arch"
    # Where the run would go on; it is complete.
    rm -f "models/bundled/$arch/last.safetensors"
done
