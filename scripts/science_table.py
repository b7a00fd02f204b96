"""The README's results table from a benchmark's metrics.json, whose models are runs named <arch>_<preset>_s<seed>, or the
ensembles of science_ensembles.sh.

Usage: science_table.py METRICS.JSON > table.md"""
import json
import re
import statistics
import sys

NAMES = {"ae": "Autoencoder", "vae": "VAE", "gan": "GAN", "vit": "ViT", "betavae": "β-VAE", "vqvae": "VQ-VAE", "aeu": "AE-U", "dae": "Denoising AE", "inpaint": "In-painting", "restorer": "Restorer"}
PRESETS = {"recommended": "recommended", "neuroscan-pro": "NeuroScan Pro"}
RUN = re.compile(r"(\w+?)_([\w-]+)_s\d+")


def spread(values):
    """Mean ± sample standard deviation; "–" where a figure is missing."""
    if any(value is None for value in values):
        return "–"
    mean = statistics.mean(values)
    return f"{mean:.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{mean:.3f}"


def group(identity):
    """Name and settings that entries of one row of the table share; the score is named where it is not the model's own."""
    run, _, score = identity.partition("@")
    settings = f", by {score}" if score else ""
    if match := RUN.fullmatch(run):
        arch, preset = match.groups()
        return NAMES.get(arch, arch), PRESETS.get(preset, preset) + settings
    if run == "all" or run.startswith("archs_s"):
        return ("All runs" if run == "all" else "All architectures, one seed"), "ensemble" + settings
    arch, _, seeds = run.rpartition("_")
    if seeds != "seeds":
        sys.exit(f"{identity} is no run of science.sh and no ensemble of science_ensembles.sh")
    return f"{NAMES.get(arch, arch)}, one a seed", "ensemble" + settings


def row(name, settings, entries):
    figures = [spread([entry[key] for entry in entries]) for key in ("auroc", "central_auroc", "development_auroc")]
    seconds = [entry["training_cpu_s"] for entry in entries]
    minutes = "–" if None in seconds else f"{statistics.mean(seconds) / 60:.1f}"
    return f"| {name} | {settings} | {len(entries)} | " + " | ".join(figures) + f" | {minutes} |"


def main(path):
    with open(path, encoding="utf-8") as file:
        metrics = json.load(file)
    groups = {}
    for entry in metrics["models"]:
        groups.setdefault(group(entry["id"]), []).append(entry)
    print("| | settings | models | test AUROC | central 70 % only | development AUROC | CPU minutes |")
    print("|---|---|---|---|---|---|---|")
    for (name, settings), entries in groups.items():
        print(row(name, settings, entries))
    for entry in metrics["baselines"]:
        print(row(f"*{entry['name']}*", "no training", [entry]))
    split = metrics["split"]
    test = metrics["test"]
    print(
        f"\nMean ± standard deviation over seeds. {metrics['data']}: {split['train']} healthy images fitted, "
        f"{split['val']} for validation, {test['healthy']} healthy and {test['diseased']} diseased test images. "
        "Development AUROC: validation normals against diseased training images. "
        "CPU minutes: user and system time of the whole program while it trained."
    )


if __name__ == "__main__":
    main(sys.argv[1])
