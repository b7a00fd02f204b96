#!/usr/bin/env python3
"""Fetches libtorch into third_party/libtorch: the wheels of the lists beside this file, hashes checked, broken downloads resumed.

Usage: fetch_libtorch.py [--cuda | --no-cuda]      (default: CUDA libraries too where an NVIDIA driver is found)

Needs Python 3.8 or later with pip, whatever Python the wheels are for. pip resolves where each wheel is, so mirrors and
proxies that pip is set up for are used; only `torch/{lib,include,share}` and `nvidia/` are unpacked (1.1 GB)."""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent / "third_party" / "libtorch"
DOWNLOADS = HERE.parent / "third_party" / "downloads"
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 25, 24, 18, 17, 12, 5)] + [
    f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")
]
WHEEL_FOR = ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp"] + [
    part for platform in PLATFORMS for part in ("--platform", platform)
]
WANTED = ("torch/lib/", "torch/include/", "torch/share/", "nvidia/")
CHUNK = 1 << 20


def fail(message):
    sys.exit(f"libtorch: {message}")


def read_list(name):
    """[(requirement, sha256)] of a list file."""
    rows = []
    for line in (HERE / name).read_text().splitlines():
        if line and not line.startswith("#"):
            requirement, digest = line.split(" --hash=sha256:")
            rows.append((requirement, digest))
    return rows


def has_nvidia_driver():
    return pathlib.Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def locate(requirement):
    """Asks pip where the wheel is."""
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"]
        command += ["--report", str(report), "--target", scratch, *WHEEL_FOR, requirement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = (done.stderr.strip() or "pip gave no reason").splitlines()[-1]
            fail(f"pip cannot find {requirement}: {reason}")
        return json.loads(report.read_text())["install"][0]["download_info"]["url"]


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def download(url, part, label):
    """Appends what is missing to `part`; a server that cannot resume starts it anew."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=60) as reply:
        resumed = reply.status == 206
        total = int(reply.headers.get("Content-Length", 0)) + (have if resumed else 0)
        done = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while block := reply.read(CHUNK):
                file.write(block)
                done += len(block)
                if sys.stderr.isatty():
                    print(f"\r  {label}  {done >> 20} / {total >> 20} MB ", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if total and done < total:
        raise ConnectionError(f"only {done} of {total} bytes came")


def fetch(requirement, digest):
    """The wheel's path, downloaded if it is not there, its hash checked."""
    wheel = DOWNLOADS / f"{requirement.replace('==', '-')}.whl"
    if wheel.exists() and sha256(wheel) == digest:
        return wheel
    print(f"libtorch: fetching {requirement}", file=sys.stderr)
    url, part = locate(requirement), wheel.with_suffix(".part")
    if url.startswith("file://"):
        shutil.copyfile(urllib.request.url2pathname(url[len("file://"):]), part)
    else:
        for attempt in range(1, 9):
            try:
                download(url, part, requirement)
                break
            except (OSError, urllib.error.URLError) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code == 416:
                    break
                if attempt == 8:
                    fail(f"{requirement}: {error}. What came so far is kept; run the command again to go on.")
                print(f"libtorch: {requirement}: {error}; going on (attempt {attempt + 1} of 8)", file=sys.stderr)
    if sha256(part) != digest:
        part.unlink()
        fail(f"{requirement}: the file's SHA-256 is not the expected one; it was deleted. Run the command again.")
    part.rename(wheel)
    return wheel


def unpack(wheel, into):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into, [name for name in archive.namelist() if name.startswith(WANTED)])


def install(listing, stamp_name):
    """Fetches and unpacks one list, unless its stamp says that exactly this is there already."""
    rows = read_list(listing)
    stamp, wanted = TARGET / stamp_name, "\n".join(digest for _, digest in rows)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(DOWNLOADS).free
    if free < 3 << 30:
        fail(f"{free >> 20} MB free is too little, 3 GB are needed: {DOWNLOADS}")
    wheels = [fetch(requirement, digest) for requirement, digest in rows]
    TARGET.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        unpack(wheel, TARGET)
    stamp.write_text(wanted)
    for wheel in wheels:
        wheel.unlink()
    print(f"libtorch: {stamp_name} set is in {TARGET.relative_to(HERE.parent)}", file=sys.stderr)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    choice = arguments.add_mutually_exclusive_group()
    choice.add_argument("--cuda", action="store_true", help="fetch the CUDA libraries as well")
    choice.add_argument("--no-cuda", action="store_true", help="never fetch them")
    arguments = arguments.parse_args()
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        fail("these wheels are for Linux on x86-64. Put libtorch 2.11.0 for this machine somewhere and export LIBTORCH.")
    if os.environ.get("LIBTORCH") and not arguments.cuda:
        print(f"libtorch: using LIBTORCH={os.environ['LIBTORCH']}", file=sys.stderr)
        return
    try:
        subprocess.run([sys.executable, "-m", "pip", "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        fail(f"{sys.executable} has no pip. Install it (Debian: apt-get install python3-pip) and run again.")
    install("libtorch-cpu.txt", "cpu")
    if arguments.cuda or (has_nvidia_driver() and not arguments.no_cuda):
        install("libtorch-cuda.txt", "cuda")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("libtorch: interrupted. What came so far is kept; run the command again to go on.")
