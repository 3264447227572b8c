"""A dense E/I rate network in JAX: one scan over the steps, compiled with its gradient and update.
Usage: jax_dense.py scan|unrolled UNITS BATCH STEPS THREADS"""
import math
import os
import sys

how, (units, batch, steps, threads) = sys.argv[1], map(int, sys.argv[2:6])
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from serve import serve  # noqa: E402

alpha = 0.2
sigma = math.sqrt(2 * alpha) * 0.05
draw = np.random.default_rng(0)
sign = np.where(np.arange(units) < int(0.8 * units), 1, -1).astype(np.float32)
mask = (1 - np.eye(units)).astype(np.float32)
to_readout = (sign > 0).astype(np.float32)
array = lambda a: jnp.asarray(a, jnp.float32)
weights = {
    "W": array(draw.random((units, units)) * 1.5 / units),
    "W_in": array(draw.random((units, 4))),
    "bias": array(np.zeros(units)),
    "W_out": array(draw.standard_normal((2, units)) * 0.1),
    "bias_out": array(np.zeros(2)),
}
inputs, targets = array(draw.random((steps, batch, 4))), array(draw.random((steps, batch, 2)))
live = array(draw.random((steps, batch, 1)) < 0.8)


def loss(p, key):
    recurrent = (jax.nn.relu(p["W"]) * mask * sign).T * alpha
    drive = (inputs @ jax.nn.relu(p["W_in"]).T + p["bias"]) * alpha
    drive = drive + jax.random.normal(key, drive.shape, jnp.float32) * sigma

    def one(state, d):
        x, r = state
        x = (1 - alpha) * x + d + r @ recurrent
        r = jax.nn.relu(x)
        return (x, r), r

    zero = jnp.zeros((batch, units))
    _, rates = jax.lax.scan(one, (zero, zero), drive, unroll=10 if how == "unrolled" else 1)
    z = rates @ (p["W_out"] * to_readout).T + p["bias_out"]
    return ((z - targets) ** 2 * live).sum() / live.sum()


@jax.jit
def update(p, key):
    key, now = jax.random.split(key)
    g = jax.grad(loss)(p, now)
    norm = jnp.sqrt(sum((v * v).sum() for v in jax.tree.leaves(g)))
    factor = 1e-4 * jnp.minimum(1, 1 / norm)
    return jax.tree.map(lambda w, d: w - factor * d, p, g), key


key = jax.random.key(0, impl="unsafe_rbg")


def step():
    global weights, key
    weights, key = update(weights, key)
    jax.block_until_ready(weights)


serve(step, batch)
