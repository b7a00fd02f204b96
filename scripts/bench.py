#!/usr/bin/env python3
"""Speed as ratios to a peer that takes turns with the program, thing by thing: figures are medians over the rounds, a ratio is
the median of the rounds' ratios, and beside it stand the least and the greatest of them.

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


class Bench:
    """All figures, by (name, architecture, unit), a value a round."""

    def __init__(self, options, data, python):
        self.options, self.data, self.python = options, data, python
        self.ours, self.theirs = {}, {}

    def measure(self, *parts):
        """The program's figures of some parts, for all that `bench` prints."""
        command = [self.options.program, "bench", "--json", "--data", str(self.data), "--device", self.options.device, *parts]
        for line in json_lines(on_a_display(command)):
            if line.get("event") == "warning":
                print(f"bench: {line['message']}", file=sys.stderr)
            if line.get("event") == "bench":
                for unit in UNITS:
                    if unit in line:
                        self.ours.setdefault((line["name"], line.get("arch", ""), unit), []).append(line[unit])

    def round(self):
        self.measure("--only", "decode")
        (line,) = json_lines([self.python, str(HERE / "peer_loader.py"), str(self.data)])
        self.theirs.setdefault(("decode", "", "images_per_s"), []).append(line["images_per_s"])
        for arch in ARCHITECTURES:
            self.measure("--only", "train,infer", "--arch", arch)
            if PEER.exists():
                (line,) = json_lines([self.python, str(PEER), "--arch", arch, "--device", self.options.device])
                self.theirs.setdefault(("train", arch, "images_per_s"), []).append(line["train_images_per_s"])
                self.theirs.setdefault(("infer", arch, "ms"), []).append(line["infer_ms"])

    def row(self, key):
        mine, other = self.ours[key], self.theirs.get(key, [])
        ratios = sorted(o / m if key[2] == "ms" else m / o for m, o in zip(mine, other))
        row = dict(zip(("name", "arch", "unit"), key), neuroscan=statistics.median(mine), peer=None, ratio=None, ratios=ratios)
        if ratios:
            row.update(peer=statistics.median(other), ratio=statistics.median(ratios))
        return row


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--data", default=str(PROJECT.parent / "shared" / "data" / "chest_xray"))
    arguments.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    options = arguments.parse_args()
    data = pathlib.Path(options.data)
    if not data.exists():
        print(f"bench: skipped {data}, which is not there; the bundled sample is decoded instead", file=sys.stderr)
        data = PROJECT / "assets" / "sample"
    if not PEER.exists():
        print(f"bench: skipped the networks' peer: {PEER} is not there", file=sys.stderr)
    bench = Bench(options, data, peer_python())
    for turn in range(options.rounds):
        print(f"bench: round {turn + 1} of {options.rounds}", file=sys.stderr)
        bench.round()
    # These have no peer, and their limits are far away.
    print("bench: scoring, window, memory", file=sys.stderr)
    bench.measure("--only", "score,window")
    rows = [bench.row(key) for key in bench.ours]
    for row in rows:
        compared = ""
        if row["ratio"] is not None:
            compared = f"peer {row['peer']:10.2f}   ratio {row['ratio']:5.2f} ({row['ratios'][0]:.2f} to {row['ratios'][-1]:.2f})"
        key = (row["name"], row["arch"], row["unit"])
        print(f"{key[0]:13} {key[1]:8} {key[2]:15} {row['neuroscan']:10.2f}   {compared:46} {verdict(key, row['neuroscan'], row['ratio'])}".rstrip())
    out = PROJECT / "out" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
