#!/usr/bin/env python3
"""The model card of a run folder, from its run.json and a benchmark's metrics.json, whose entry has the folder's name.

Usage: model_card.py RUN METRICS.JSON > README.md"""
import datetime
import json
import pathlib
import sys

NAMES = {"ae": "Convolutional autoencoder", "vae": "Variational autoencoder", "gan": "GAN: autoencoder with a PatchGAN discriminator", "vit": "Vision transformer with a global bottleneck", "betavae": "β-VAE", "vqvae": "VQ-VAE with a few global tokens", "aeu": "Autoencoder with uncertainty (AE-U)", "dae": "Denoising autoencoder", "inpaint": "Masked in-painting", "restorer": "Restoring U-Net"}
PAPERS = {
    "ae": "Hinton and Salakhutdinov 2006, *Reducing the dimensionality of data with neural networks*",
    "vae": "Kingma and Welling 2014, *Auto-encoding variational Bayes*",
    "gan": "Isola et al. 2017, *Image-to-image translation with conditional adversarial networks* (PatchGAN)",
    "vit": "Dosovitskiy et al. 2021, *An image is worth 16×16 words*",
    "betavae": "Higgins et al. 2017, *β-VAE: learning basic visual concepts with a constrained variational framework*",
    "vqvae": "van den Oord et al. 2017, *Neural discrete representation learning*",
    "aeu": "Mao et al. 2020, *Abnormality detection in chest X-ray images using uncertainty prediction autoencoders*",
    "dae": "Kascenas et al. 2022, *Denoising autoencoders for unsupervised anomaly detection in brain MRI*",
    "inpaint": "Zavrtanik et al. 2021, *Reconstruction by inpainting for visual anomaly detection*",
    "restorer": "Zavrtanik et al. 2021, *DRAEM – a discriminatively trained reconstruction embedding for surface anomaly detection* (its reconstructing half)",
}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def number(value, form=".3f"):
    return "–" if value is None else format(value, form)


def interval(value, ends):
    return f"{value:.3f} (95 % CI {ends[0]:.3f}–{ends[1]:.3f})"


def time_taken(run):
    """Minutes by the clock, and of processor time where it was measured: other work on the machine lengthens only the first."""
    wall = f"{run['elapsed_secs'] / 60:.1f} minutes by the clock"
    cpu = run.get("cpu_secs")
    return wall if cpu is None else f"{wall}, {cpu / 60:.1f} CPU minutes (user and system time of the whole program)"


def settings_rows(settings):
    """Every setting that was trained with, nested ones with dots."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", leaf) for inner, leaf in settings_rows(value))
        else:
            yield key, value


def main(folder, metrics_path):
    folder, metrics = pathlib.Path(folder), load(metrics_path)
    run, arch = load(folder / "run.json"), load(folder / "run.json")["settings"]["architecture"]
    found = [entry for entry in metrics["models"] if entry["id"] == folder.name]
    if not found:
        sys.exit(f"{metrics_path}: {folder.name} is not among its models")
    entry, data, test, versions = found[0], run["data"], metrics["test"], run["versions"]
    started = datetime.datetime.fromtimestamp(run["started_unix_secs"], datetime.timezone.utc)
    confusion, development = entry["confusion"], metrics["development"]
    best = max(metrics["baselines"], key=lambda baseline: baseline["auroc"])
    print(f"""# {NAMES.get(arch, arch)}

**Research use only – not for diagnosis.** Learned what healthy chest X-rays of children look like; shows where an image
departs from that. Saw no diseased image while it was fitted.

| | |
|---|---|
| Architecture | {PAPERS.get(arch, arch)}; {run["parameters"]:,} parameters |
| Fitted to | {data['train_count']:,} healthy images of {data['name']} (train/NORMAL), seed {run['settings']['seed']} |
| Held out | {data['validation_count']} healthy images of other patients: early stopping, calibration, thresholds |
| Data set | Kermany, Zhang and Goldbaum 2018, *Large dataset of labeled optical coherence tomography (OCT) and chest X-ray images*, CC BY 4.0; children of one to five years, Guangzhou Women and Children's Medical Center |
| Fingerprint | `{data['fingerprint']}` (split seed {data['split_seed']}); every file's hash and split in `split.csv` |
| Trained | {started:%Y-%m-%d}, {run['epochs']} epochs, best is {run['best_epoch']}, {time_taken(run)} on {versions['device']} with {versions['threads']} {'thread' if versions['threads'] == 1 else 'threads'} |
| Versions | NeuroScan {versions['neuroscan']}, libtorch {versions['libtorch']} |
| Score | {entry['score']} |
| Licence of the weights | MIT, as the program; the images in `previews/` are CC BY 4.0 as the data set |

## Figures

On {test['healthy']} healthy and {test['diseased']} diseased test images of {metrics['data']}, no one of which was used to fit, stop or choose anything.

| | |
|---|---|
| AUROC | {interval(entry['auroc'], entry['auroc_ci'])} |
| within the central 70 % only | {number(entry['central_auroc'])} |
| AUPRC | {number(entry['auprc'])} (prevalence {number(test['prevalence'])}) |
| Development AUROC ({development['healthy']} validation normals against {development['diseased']} diseased training images, chosen by chance) | {number(entry['development_auroc'])} |
| Sensitivity | {number(entry['sensitivity'])} at the 95th percentile of the held-out healthy images |
| Specificity | {number(entry['specificity'])} achieved, {number(entry['specificity_nominal'], '.2f')} nominal |
| Confusion | {confusion['tp']} found, {confusion['fn']} missed, {confusion['tn']} cleared, {confusion['fp']} false alarms |
| Validation normals against test normals | {number(entry['shift_auroc'])} (0.5 would be alike) |
| Best one-line score without a network | {best['name']}: {interval(best['auroc'], best['auroc_ci'])} |

## Limits

One hospital, children, one pair of classes. Healthy test images come from other patients than the training ones and differ
from them, so that specificity departs from nominal. Part of what separates the classes is how sharp an image was
acquired. Adults, other machines and other diseases were not tested.

## Settings
""")
    print("| | |\n|---|---|")
    for key, value in settings_rows(run["settings"]):
        shown = ", ".join(map(str, value)) if isinstance(value, list) else "–" if value is None else value
        print(f"| {key} | {shown} |")
    print("\nTrained anew with `make models DATA=<folder>`.")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip().splitlines()[-1])
    main(*sys.argv[1:])
