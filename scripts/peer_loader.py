#!/usr/bin/env python3
"""The loader a PyTorch user would write: PIL, torchvision transforms, DataLoader with 2 workers. Prints one JSON line.

Usage: peer_loader.py DIR [SIZE]: reads every image below DIR once, grey, resized to SIZE, as [0, 1] tensors."""
import json
import pathlib
import sys
import time

import torch
from PIL import Image
from torchvision import transforms


class Files(torch.utils.data.Dataset):
    def __init__(self, root, size):
        self.files = sorted(path for path in pathlib.Path(root).rglob("*") if path.suffix.lower() in (".jpeg", ".jpg", ".png"))[:5000]
        self.steps = transforms.Compose([transforms.Grayscale(), transforms.Resize((size, size)), transforms.ToTensor()])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as image:
            return self.steps(image)


def main():
    files = Files(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 128)
    start = time.perf_counter()
    count = sum(len(batch) for batch in torch.utils.data.DataLoader(files, batch_size=32, num_workers=2))
    print(json.dumps({"images": count, "images_per_s": round(count / (time.perf_counter() - start), 1)}))


if __name__ == "__main__":
    main()
