#!/usr/bin/env python3
"""Speed as ratios, peer and program taking turns in one run: median of ROUNDS.

Training and single-image latency against ../shared/peers/torch_peer.py (the same networks in PyTorch), decoding and
preprocessing against PIL and torchvision's usual loader with 2 workers. The window is measured on a virtual display
where there is none. A peer that is not there is named and left out. Prints a table and writes out/bench.json. Usage: bench.py PROGRAM [--rounds N] [--data DIR] [--device cpu|cuda]"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent
PEER = PROJECT.parent / "shared" / "peers" / "torch_peer.py"
VENV = PROJECT / "third_party" / "peer"
ARCHITECTURES = ("vae", "gan", "vit")
# (name, unit): the ratio to the peer that is wanted, or the most that a figure may be.
LEAST_RATIO = {("train", "images_per_s"): 1.0, ("infer", "ms"): 1.0, ("decode", "images_per_s"): 5.0}
MOST = {("frame", "p99_ms"): 16.0, ("start", "first_frame_ms"): 1000.0, ("memory", "peak_mb"): 2500.0, ("rescore", "worst_ms"): 100.0}
UNITS = ("images_per_s", "ms", "p50_ms", "p99_ms", "first_frame_ms", "peak_mb", "worst_ms")


def peer_python():
    """A Python that has PyTorch 2.11: this one, or a private environment made once."""
    probe = "import torch, torchvision, PIL; assert torch.__version__.startswith('2.11')"
    for python in (sys.executable, str(VENV / "bin" / "python")):
        if pathlib.Path(python).exists() and subprocess.run([python, "-c", probe], capture_output=True).returncode == 0:
            return python
    print("bench: making an environment with PyTorch 2.11 for the peer (once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "torch==2.11.0", "torchvision==0.26.0", "numpy", "pillow"], check=True)
    return str(VENV / "bin" / "python")


def on_a_display(command):
    """The command, on a virtual display where there is no real one and one can be had."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or not shutil.which("xvfb-run"):
        return command
    return ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24", *command]


def verdict(key, mine, ratio):
    name, _, unit = key
    if (name, unit) in LEAST_RATIO and ratio is not None:
        wanted = LEAST_RATIO[name, unit]
        return f"wanted {wanted:g} or more: {'met' if ratio >= wanted else 'MISSED'}"
    if (name, unit) in MOST:
        wanted = MOST[name, unit]
        return f"wanted {wanted:g} or less: {'met' if mine <= wanted else 'MISSED'}"
    return ""


def json_lines(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--data", default=str(PROJECT.parent / "shared" / "data" / "chest_xray"))
    arguments.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    options = arguments.parse_args()
    data = pathlib.Path(options.data)
    if not data.exists():
        print(f"bench: skipped {data}, which is not there; the bundled sample is decoded instead", file=sys.stderr)
        data = PROJECT / "assets" / "sample"
    python = peer_python()
    ours, theirs = {}, {}
    for turn in range(options.rounds):
        print(f"bench: round {turn + 1} of {options.rounds}", file=sys.stderr)
        command = [options.program, "bench", "--json", "--data", str(data), "--device", options.device]
        for line in json_lines(on_a_display(command)):
            if line.get("event") == "warning":
                print(f"bench: {line['message']}", file=sys.stderr)
            if line.get("event") != "bench":
                continue
            for key in UNITS:
                if key in line:
                    ours.setdefault((line["name"], line.get("arch", ""), key), []).append(line[key])
        if PEER.exists():
            for arch in ARCHITECTURES:
                (line,) = json_lines([python, str(PEER), "--arch", arch, "--device", options.device])
                theirs.setdefault(("train", arch, "images_per_s"), []).append(line["train_images_per_s"])
                theirs.setdefault(("infer", arch, "ms"), []).append(line["infer_ms"])
        (line,) = json_lines([python, str(HERE / "peer_loader.py"), str(data)])
        theirs.setdefault(("decode", "", "images_per_s"), []).append(line["images_per_s"])
    if not PEER.exists():
        print(f"bench: skipped the networks' peer: {PEER} is not there", file=sys.stderr)
    rows = []
    for key, values in ours.items():
        name, arch, unit = key
        mine, other = statistics.median(values), statistics.median(theirs[key]) if key in theirs else None
        ratio = None if other is None else (other / mine if unit == "ms" else mine / other)
        rows.append({"name": name, "arch": arch, "unit": unit, "neuroscan": mine, "peer": other, "ratio": ratio})
        compared = "" if ratio is None else f"peer {other:10.2f}   ratio {ratio:6.2f}"
        print(f"{name:13} {arch:8} {unit:15} {mine:10.2f}   {compared:32} {verdict(key, mine, ratio)}".rstrip())
    out = PROJECT / "out" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
