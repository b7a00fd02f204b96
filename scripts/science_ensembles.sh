#!/bin/sh
# Ensembles of the runs that science.sh made, as a table: every architecture over its seeds, all architectures together
# once a seed, and all runs. Nothing is chosen here. Where there are restorers: autoencoders by haze with restorers by structural
# dissimilarity in the lungs at half the weight, which were chosen on development images and synthetic lesions (BENCHMARKS.md).
# Usage: science_ensembles.sh DATA RUNS [OUT]      RUNS: folder of <arch>_recommended_s<seed>
#        SEEDS="7 8 9" ARCHS="ae vae gan vit" SCORE=haze     without SCORE each network's own
set -eu
data=${1:-}; runs=${2:-}; out=${3:-out/science_ensembles}
[ -n "$data" ] && [ -d "$runs" ] || { echo "usage: science_ensembles.sh DATA RUNS [OUT]" >&2; exit 2; }
neuroscan=${NEUROSCAN:-target/release/neuroscan}
seeds=${SEEDS:-7 8 9}; archs=${ARCHS:-ae vae gan vit}
run() { echo "$runs/${1}_recommended_s$2"; }

# A score that the runs are not calibrated for yet is calibrated first.
if [ -n "${SCORE:-}" ]; then
    set --
    for arch in $archs; do for seed in $seeds; do set -- "$@" "$(run "$arch" "$seed")"; done; done
    "$neuroscan" calibrate --model "$@" --data "$data" --device cpu
fi

# make NAME RUN...
make() { name=$1; shift; rm -rf "$out/ensembles/$name"; "$neuroscan" ensemble --model "$@" --name "$name" --data "$data" --device cpu --out "$out/ensembles/$name"; }
all=
for arch in $archs; do
    set --
    for seed in $seeds; do set -- "$@" "$(run "$arch" "$seed")"; done
    make "${arch}_seeds" "$@"
    all="$all $*"
done
for seed in $seeds; do
    set --
    for arch in $archs; do set -- "$@" "$(run "$arch" "$seed")"; done
    make "archs_s$seed" "$@"
done
# Folder names of runs have no spaces but for those of RUNS itself.
(IFS=' '; make all $all)
# fusion NAME SEED...
fusion() {
    name=$1; shift; chosen=$*; set --; scores=; weights=
    for seed in $chosen; do set -- "$@" "$(run ae "$seed")"; scores="$scores haze"; weights="$weights 1"; done
    for seed in $chosen; do set -- "$@" "$(run restorer "$seed")"; scores="$scores ssim-lungs-jitter"; weights="$weights 0.5"; done
    (IFS=' '; make "$name" "$@" --score $scores --weight $weights)
}
if [ -d "$(run restorer "${seeds%% *}")" ]; then
    for seed in $seeds; do fusion "haze_and_restorer_s$seed" "$seed"; done
    fusion haze_and_restorer $seeds
fi
"$neuroscan" benchmark --data "$data" --device cpu --out "$out" --model "$out"/ensembles/* ${SCORE:+--score "$SCORE"}
${PYTHON:-python3} scripts/science_table.py "$out/metrics.json" > "$out/table.md"
cat "$out/table.md"
