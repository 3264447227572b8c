"""NumPy's side of the file tests. `read FOLDER` checks files written by the library, `write FOLDER`, `compressed FOLDER` and
`weights FOLDER` write files for it."""
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from read_safetensors import read_safetensors  # noqa: E402

# W[post][pre] = 10 post + pre + 0.25: neither square nor symmetric, so a transposition shows.
W = 10.0 * np.arange(3)[:, None] + np.arange(4)[None, :] + 0.25


def same(found, expected):
    assert found.dtype == expected.dtype and found.shape == expected.shape, (found.dtype, found.shape, expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes(), (found, expected)


def check(arrays):
    same(arrays["W"], W.astype("<f4"))
    same(arrays["W64"], W)
    same(arrays["counter"], np.array([1, 2**63, 2**64 - 1], "<u8"))
    same(arrays["sign"], np.array([-1, 1], "i1"))
    same(arrays["mask"], np.arange(24, dtype="u1").reshape(2, 3, 4))
    same(arrays["step"], np.array(-7, "<i8"))
    same(arrays["label"], np.array([5, -6, 7], "<i4"))
    same(arrays["empty"], np.zeros((0, 3), "<f4"))
    same(arrays["Größe"], np.array([0.5], "<f8"))
    assert len(arrays) == 9, sorted(arrays)


def read(folder):
    with np.load(folder / "ours.npz", allow_pickle=False) as arrays:
        check(dict(arrays))
    tensors, metadata = read_safetensors(folder / "ours.safetensors")
    check(tensors)
    assert metadata["task"] == "dé\"cision\n", metadata


def write(folder):
    np.savez(folder / "numpy.npz", c=W.astype("<f4"), fortran=np.asfortranarray(W), big=W.astype(">f8"),
             big_fortran=np.asfortranarray(W.astype(">f4")), three=np.asfortranarray(np.arange(24, dtype="<i8").reshape(2, 3, 4)),
             mask=np.array([True, False]), scalar=np.array(2.5), empty=np.zeros((0, 3), "<i4"))
    np.savez_compressed(folder / "compressed.npz", c=W)
    np.savez(folder / "object.npz", c=np.array([{"a": 1}], dtype=object))
    np.savez(folder / "structured.npz", c=np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    np.savez(folder / "text.npz", c=np.array(["a", "bc"]))
    np.savez(folder / "complex.npz", c=np.array([1j]))
    for version in (1, 2, 3):
        with open(folder / f"v{version}.npy", "wb") as file:
            np.lib.format.write_array(file, W.astype(">f4"), version=(version, 0))


class Pipe(io.RawIOBase):
    """A file that cannot seek, so that sizes are written behind the data."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def compressed(folder):
    arrays = {"c": W, "big_fortran": np.asfortranarray(W.astype(">f4")), "empty": np.zeros((0, 3), "<i4"), "zeros": np.zeros(100_000),
              "scalar": np.array(2.5)}
    np.savez_compressed(folder / "plain.npz", **arrays)
    with Pipe(folder / "pipe.npz") as pipe:
        np.savez_compressed(pipe, **arrays)
    assert b"PK\x07\x08" in (folder / "pipe.npz").read_bytes()
    # As if these few bytes were more than 4 GiB, and these few entries more than 65535.
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 1, 1
    np.savez_compressed(folder / "zip64.npz", **arrays)
    assert b"PK\x06\x06" in (folder / "zip64.npz").read_bytes()


def weights(folder):
    with np.load(folder / "w.npz") as file:
        arrays = dict(file)
    types = {"fortran": "<f8", "big": ">f8", "half": "<f2", "big_half": ">f2", "single": "<f4"}
    for name, dtype in types.items():
        order = np.asfortranarray if name == "fortran" else np.ascontiguousarray
        np.savez_compressed(folder / (name + ".npz"), large=np.zeros(10_000_000), **{k: order(v.astype(dtype)) for k, v in arrays.items()})
    np.savez_compressed(folder / "bomb.npz", **{**arrays, "W_rec": np.zeros(10_000_000)})


if __name__ == "__main__":
    {"read": read, "write": write, "compressed": compressed, "weights": weights}[sys.argv[1]](Path(sys.argv[2]))
    print("ok")
