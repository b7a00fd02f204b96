#!/usr/bin/env python3
"""What scores are worth without any test image: AUROC of development images against validation normals, and against the same
normals made to look as if they had been taken otherwise.

Of every validation normal two copies are made: gamma exp(U(-0.4, 0.4)), a blur of U(0.3, 1.2) px or noise of U(0, 6) grey
values, a rotation of up to 6 degrees, a zoom of 0.92 to 1.12, a shift of up to 5 % of the side. A score that calls them diseased
measures how an image was taken. Needs Pillow and numpy.

Usage: science_scores.py PROGRAM DATA SCORE,SCORE,... RUN...    runs of one split, calibrated for the scores"""
import csv
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
from PIL import Image, ImageFilter

COPIES = 2
SEED = 11


def taken_otherwise(image, random):
    grey = 255.0 * (numpy.asarray(image.convert("L"), dtype=numpy.float64) / 255.0) ** math.exp(random.uniform(-0.4, 0.4))
    if random.random() < 0.5:
        changed = Image.fromarray(grey.round().astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.2)))
    else:
        grey += random.standard_normal(grey.shape) * random.uniform(0.0, 6.0)
        changed = Image.fromarray(grey.clip(0.0, 255.0).round().astype(numpy.uint8))
    width, height = changed.size
    angle, zoom = math.radians(random.uniform(-6.0, 6.0)), random.uniform(0.92, 1.12)
    right, down = random.uniform(-0.05, 0.05, 2) * (width, height)
    cosine, sine = math.cos(angle) / zoom, math.sin(angle) / zoom
    # From places in the result to places in the image, about its middle.
    x, y = width / 2 - right, height / 2 - down
    matrix = (cosine, -sine, x - cosine * width / 2 + sine * height / 2, sine, cosine, y - sine * width / 2 - cosine * height / 2)
    # Edges are repeated: the image lies in the middle of a padded one.
    pad = width // 4, height // 4
    padded = Image.fromarray(numpy.pad(numpy.asarray(changed), ((pad[1],) * 2, (pad[0],) * 2), mode="edge"))
    matrix = (*matrix[:2], matrix[2] + pad[0], *matrix[3:5], matrix[5] + pad[1])
    return padded.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def auroc(healthy, diseased):
    order = sorted([(score, 0) for score in healthy] + [(score, 1) for score in diseased])
    ranks, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and order[end][0] == order[at][0]:
            end += 1
        ranks += sum(label for _, label in order[at:end]) * (at + end + 1) / 2
        at = end
    count = len(diseased)
    return (ranks - count * (count + 1) / 2) / (count * len(healthy))


def main(program, data, scores, runs):
    with open(pathlib.Path(runs[0]) / "split.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    of = {part: [str(pathlib.Path(data) / row["path"]) for row in rows if row["split"] == part] for part in ("validation", "development")}
    random = numpy.random.default_rng(SEED)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for path in of["validation"]:
            image = Image.open(path)
            for index in range(COPIES):
                copy = pathlib.Path(folder) / f"{pathlib.Path(path).stem}_{index}.png"
                taken_otherwise(image, random).save(copy)
                copies.append(str(copy))
        of["otherwise"] = copies
        table = pathlib.Path(folder) / "scores.csv"
        for run in runs:
            command = [program, "score", "--device", "cpu", "--model", str(run), "--score", *scores, "--out", str(table)]
            subprocess.run([*command, "--input", *(path for part in of.values() for path in part)], check=True, stdout=subprocess.DEVNULL)
            with open(table, encoding="utf-8", newline="") as file:
                known = {}
                for row in csv.DictReader(file):
                    known.setdefault(row["scored_by"], {})[row["path"]] = float(row["score"])
            for score, values in known.items():
                part = {name: [values[path] for path in paths] for name, paths in of.items()}
                figures = auroc(part["validation"], part["development"]), auroc(part["otherwise"], part["development"])
                found.setdefault(score, []).append(figures)
    print("| score | development AUROC | against normals taken otherwise |\n|---|---|---|")
    for score, figures in found.items():
        cells = [f"{statistics.fmean(column):.3f}" + (f" ± {statistics.stdev(column):.3f}" if len(column) > 1 else "") for column in zip(*figures)]
        print(f"| {score} | {' | '.join(cells)} |")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4:])
