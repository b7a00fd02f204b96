"""The README's results table from a benchmark's metrics.json, whose models are runs named <arch>_<preset>_s<seed>.

Usage: science_table.py METRICS.JSON > table.md"""
import json
import re
import statistics
import sys

NAMES = {"ae": "Autoencoder", "vae": "VAE", "gan": "GAN", "vit": "ViT", "betavae": "β-VAE", "vqvae": "VQ-VAE", "aeu": "AE-U", "dae": "Denoising AE", "inpaint": "In-painting", "restorer": "Restorer"}
PRESETS = {"recommended": "recommended", "neuroscan-pro": "NeuroScan Pro"}


def spread(values):
    """Mean ± sample standard deviation; "–" where a figure is missing."""
    if any(value is None for value in values):
        return "–"
    mean = statistics.mean(values)
    return f"{mean:.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{mean:.3f}"


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
        match = re.fullmatch(r"(\w+?)_([\w-]+)_s(\d+)", entry["id"])
        if not match:
            sys.exit(f"{path}: {entry['id']} is no run of science.sh")
        groups.setdefault(match.group(1, 2), []).append(entry)
    print("| | settings | seeds | test AUROC | central 70 % only | development AUROC | CPU minutes |")
    print("|---|---|---|---|---|---|---|")
    for (arch, preset), entries in groups.items():
        print(row(NAMES.get(arch, arch), PRESETS.get(preset, preset), entries))
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
