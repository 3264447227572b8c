"""Read a safetensors file with nothing but NumPy.

    from read_safetensors import read_safetensors
    tensors, metadata = read_safetensors("decision.safetensors")
    W = tensors["W_rec"]              # shape (post, pre)

Checksums are verified where the file has them and the xxhash package is installed.
"""
import json
import sys

import numpy as np

TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "U32": "<u4", "I32": "<i4",
         "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8"}


def read_safetensors(path):
    """Return ({name: array}, {key: text})."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        verify(name, data[begin:end], metadata.get("xxh3:" + name))
        tensors[name] = np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def verify(name, data, checksum):
    try:
        import xxhash
    except ImportError:
        return
    if checksum is not None and xxhash.xxh3_64_hexdigest(data) != checksum:
        raise ValueError(f"the data of tensor {name!r} are damaged")


if __name__ == "__main__":
    tensors, metadata = read_safetensors(sys.argv[1])
    for name, array in tensors.items():
        print(f"{name}: {array.dtype} {array.shape}")
