#!/usr/bin/env python3
"""Tests a program of the gallery that learns images, on a small set in IDX files. Usage: learn_images.py PROGRAM"""

import gzip
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROGRAM = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)
SIDE = 28


def stripes(count, seed):
    """Ten classes: stripes across or upright, with periods of 2 to 6 pixels, in noise. Told apart by their texture as well as by pixels,
    since a network that averages over the map does not know where anything is."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count, dtype=np.uint8)
    lines = np.arange(SIDE)[None, :] % (labels[:, None] % 5 + 2) == 0
    images = np.where((labels >= 5)[:, None, None], lines[:, None, :], lines[:, :, None])
    return np.clip(80 * images + random.normal(90, 40, (count, SIDE, SIDE)), 0, 255).astype(np.uint8), labels


def idx(values):
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write(part, images, labels):
    """Images packed, as Debian has them; labels plain."""
    (here / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images), 1))
    (here / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=here, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


with tempfile.TemporaryDirectory(prefix="eirnn-images-") as folder:
    here = Path(folder)
    write("train", *stripes(1000, 1))
    write("t10k", *stripes(300, 2))

    code, out, err = run(here, 6, 3)
    assert (code, err) == (0, ""), (code, out, err)
    line = r"epoch (\d+): loss (\S+), training accuracy (\S+) %, test accuracy (\S+) %"
    epochs = [re.fullmatch(line, text).groups() for text in out.splitlines()]
    assert [int(e[0]) for e in epochs] == [1, 2, 3, 4, 5, 6], out
    losses, training, test = ([float(e[k]) for e in epochs] for k in (1, 2, 3))
    assert losses[-1] < losses[0] and training[-1] > 95 and test[-1] > 95, out

    for wrong in ((here, 0), (here, "2x"), (here, 2, "one"), (here, 2, 1, 1)):
        code, out, err = run(*wrong)
        assert code == 64 and out == "" and "[FOLDER] [EPOCHS] [SEED]" in err, (wrong, code, err)
    code, _, err = run(here / "none", 1)
    assert code == 66 and "train-" in err and "dataset-fashion-mnist" in err, (code, err)
    write("t10k", *stripes(299, 2))
    (here / "t10k-labels-idx1-ubyte").write_bytes(idx(stripes(300, 2)[1]))
    code, _, err = run(here, 1)
    assert code == 65 and "t10k-labels-idx1-ubyte" in err, (code, err)
    for part in ("train", "t10k"):  # another size than the network's
        images, labels = stripes(100, 1)
        write(part, images[:, :20, :], labels)
    code, _, err = run(here, 1)
    assert code == 64 and err.startswith("eirnn: "), (code, err)
print("learned images of IDX files")
