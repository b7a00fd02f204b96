#!/bin/sh
# Trains the bundled models anew with the recommended settings. Usage: train_models.sh DATA [SEED]
set -eu
data=${1:-}; seed=${2:-7}
[ -n "$data" ] || { echo "usage: make models DATA=<folder with train/NORMAL>" >&2; exit 2; }
for arch in ae vae gan vit; do
    folder=models/bundled/$arch
    rm -rf "$folder.new"
    target/release/neuroscan train --arch $arch --data "$data" --seed "$seed" --device cpu --out "$folder.new"
    rm -rf "$folder"
    mv "$folder.new" "$folder"
done
