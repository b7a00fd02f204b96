#!/usr/bin/env python3
"""Makes assets/sample from a full copy of chest_xray.

Usage: scripts/make_sample.py CHEST_XRAY OUT

The rule: in every class folder, patients (the number in the file name with its prefix) are put in the order of
SHA-256("neuroscan sample 7/" + patient) and the first image by name of each is taken, until there are enough.
Pneumonia is half bacterial, half viral. No patient is in both train and test. Files are copied byte for byte.
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

WANTED = [
    ("train/NORMAL", "", 200),
    ("train/PNEUMONIA", "bacteria", 8),
    ("train/PNEUMONIA", "virus", 8),
    ("test/NORMAL", "", 60),
    ("test/PNEUMONIA", "bacteria", 30),
    ("test/PNEUMONIA", "virus", 30),
]


def patient(name: str) -> str:
    return re.match(r"(?:NORMAL2-)?IM-\d+|person\d+", name).group(0)


def main(source: Path, out: Path) -> None:
    used = {"train": set(), "test": set()}
    for folder, kind, count in WANTED:
        split = folder.split("/")[0]
        first = {}
        for file in sorted((source / folder).iterdir()):
            if kind in file.name:
                first.setdefault(patient(file.name), file)
        order = sorted(first, key=lambda who: hashlib.sha256(f"neuroscan sample 7/{who}".encode()).hexdigest())
        # Patient numbers of pneumonia begin anew in test/: person1 of train and person1 of test are the same name.
        others = set().union(*(used[name] for name in used if name != split))
        taken = [first[who] for who in order if who not in others][:count]
        assert len(taken) == count, (folder, kind, len(taken))
        used[split].update(patient(file.name) for file in taken)
        (out / folder).mkdir(parents=True, exist_ok=True)
        for file in taken:
            shutil.copyfile(file, out / folder / file.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
