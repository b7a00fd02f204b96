#!/usr/bin/env python3
"""Ensembles of the runs that science.sh made, as a table: scores in standard deviations of validation normals, averaged.

Nothing is chosen here: every deep ensemble over seeds, and all architectures together, once a seed and once over all seeds.
Each run scores its own validation normals, its development images and all images below DATA/test, by its own score.
DeLong's test (DeLong et al., Biometrics 1988) compares each ensemble with its best member by development AUROC.

Usage: science_ensembles.py PROGRAM DATA RUN...    runs named <arch>_recommended_s<seed>, of one split"""
import csv
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

NAMES = {"ae": "autoencoder", "gan": "GAN", "vae": "VAE", "vit": "ViT"}


def scores_of(program, run, files):
    """Score of each file."""
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "scores.csv"
        command = [program, "score", "--device", "cpu", "--model", str(run), "--out", str(table), "--input", *map(str, files)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(table, encoding="utf-8", newline="") as file:
            return {row["path"]: float(row["score"]) for row in csv.DictReader(file)}


def placements(healthy, diseased):
    """Of each image of one kind, the share of the other kind that it is right about; their mean is the AUROC."""
    def right(low, high):
        return 1.0 if high > low else 0.5 if high == low else 0.0
    of_diseased = [statistics.fmean(right(h, d) for h in healthy) for d in diseased]
    of_healthy = [statistics.fmean(right(h, d) for d in diseased) for h in healthy]
    return of_healthy, of_diseased


def auroc(healthy, diseased):
    return statistics.fmean(placements(healthy, diseased)[1])


def delong_p(one, other):
    """Two-sided p that two scores of the same images have one AUROC; each is (healthy, diseased)."""
    pairs = list(zip(placements(*one), placements(*other)))
    variance = sum(statistics.variance([a - b for a, b in zip(*pair)]) / len(pair[0]) for pair in pairs)
    difference = statistics.fmean(pairs[1][0]) - statistics.fmean(pairs[1][1])
    return 1.0 if variance == 0.0 else math.erfc(abs(difference) / math.sqrt(2.0 * variance))


def spread(values):
    return f"{statistics.fmean(values):.3f}" + (f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else "")


def main(program, data, runs):
    data = pathlib.Path(data)
    parts, of = None, {}
    for run in map(pathlib.Path, runs):
        match = re.fullmatch(r"(\w+?)_recommended_s(\d+)", run.name)
        if not match:
            sys.exit(f"{run} is no run of science.sh with recommended settings")
        with open(run / "split.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        files = {part: sorted(str(data / row["path"]) for row in rows if row["split"] == part) for part in ("validation", "development")}
        for label in ("NORMAL", "PNEUMONIA"):
            files[label] = sorted(str(path) for path in (data / "test" / label).iterdir())
        if parts not in (None, files):
            sys.exit(f"{run} was trained with another split than the runs before it")
        parts = files
        known = scores_of(program, run, [path for part in files.values() for path in part])
        healthy = [known[path] for path in files["validation"]]
        mean, deviation = statistics.fmean(healthy), statistics.stdev(healthy)
        of[match.groups()] = {part: [(known[path] - mean) / deviation for path in paths] for part, paths in files.items()}
    architectures = list(dict.fromkeys(arch for arch, _ in of))
    seeds = sorted({seed for _, seed in of})

    def together(members):
        mean = {part: [statistics.fmean(values) for values in zip(*(of[member][part] for member in members))] for part in parts}
        test, development = (mean["NORMAL"], mean["PNEUMONIA"]), (mean["validation"], mean["development"])
        best = max(members, key=lambda member: auroc(of[member]["validation"], of[member]["development"]))
        return auroc(*test), auroc(*development), delong_p(test, (of[best]["NORMAL"], of[best]["PNEUMONIA"])), best

    print("| ensemble | members | test AUROC | development AUROC | against its best member by development AUROC |")
    print("|---|---|---|---|---|")

    def row(name, groups):
        found = [together(group) for group in groups]
        against = "; ".join(f"{NAMES.get(best[0], best[0])} seed {best[1]}: p = {p:.2f}" for _, _, p, best in found)
        print(f"| {name} | {len(groups[0])} | {spread([f[0] for f in found])} | {spread([f[1] for f in found])} | {against} |")

    for arch in architectures:
        row(f"{NAMES.get(arch, arch)}, one a seed", [[(arch, seed) for seed in seeds if (arch, seed) in of]])
    row("all architectures, one seed", [[(arch, seed) for arch in architectures] for seed in seeds if all((arch, seed) in of for arch in architectures)])
    row("all runs", [list(of)])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
