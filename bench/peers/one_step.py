"""One time step of a dense E/I rate network for one trial, on a processor: from the input to the output that goes with it, without noise.
Signs, masks and alpha are in the weights already.
Usage: one_step.py eager|script|compile|onnx UNITS THREADS; onnx is ONNX Runtime, with buffers of its own bound once."""
import sys

import numpy as np

from serve import serve

how, (units, threads) = sys.argv[1], map(int, sys.argv[2:4])
ALPHA, TOGETHER = 0.2, 64
draw = np.random.default_rng(0)
sign = np.where(np.arange(units) < int(0.8 * units), 1, -1)
recurrent = (draw.random((units, units)) * (1 - np.eye(units)) * sign * 0.02 / units * ALPHA).T.astype(np.float32).copy()
w_in = (draw.random((4, units)) * 0.1 * ALPHA).astype(np.float32)
w_out = (draw.random((units, 2)) * (sign > 0)[:, None] * 0.1).astype(np.float32)
u = np.array([[0.1, 0.9, 0.4, 0.2]], np.float32)

if how == "onnx":
    import onnxruntime
    from onnx import TensorProto, checker, helper, numpy_helper

    tensor = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])
    node = helper.make_node
    # operands stand side by side, so that there is one product for all inputs of a unit
    stacked = np.concatenate([recurrent, w_in])
    graph = helper.make_graph(
        [node("Concat", ["r", "u"], ["ru"], axis=1), node("MatMul", ["ru", "W"], ["in"]), node("Mul", ["x", "keep"], ["kept"]),
         node("Add", ["in", "kept"], ["x1"]), node("Relu", ["x1"], ["r1"]), node("MatMul", ["r1", "W_out"], ["z"])],
        "step", [tensor("x", units), tensor("r", units), tensor("u", 4)], [tensor("x1", units), tensor("r1", units), tensor("z", 2)],
        [numpy_helper.from_array(a, n) for a, n in ((stacked, "W"), (w_out, "W_out"), (np.float32(1 - ALPHA), "keep"))])
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(net)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    value = lambda a: onnxruntime.OrtValue.ortvalue_from_numpy(a)
    # What one step writes the next one reads: two bindings in turns.
    states = [[value(np.zeros((1, units), np.float32)) for _ in range(2)] for _ in range(2)]
    z, given = value(np.zeros((1, 2), np.float32)), value(u)
    bindings = []
    for here in (0, 1):
        b = session.io_binding()
        b.bind_ortvalue_input("x", states[here][0]), b.bind_ortvalue_input("r", states[here][1]), b.bind_ortvalue_input("u", given)
        b.bind_ortvalue_output("x1", states[1 - here][0]), b.bind_ortvalue_output("r1", states[1 - here][1]), b.bind_ortvalue_output("z", z)
        bindings.append(b)

    def step():
        for k in range(TOGETHER):
            session.run_with_iobinding(bindings[k % 2])

else:
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    W, W_in, W_out, given = (torch.from_numpy(a) for a in (recurrent, w_in, w_out, u))

    def advance(x, r, u, W, W_in, W_out, alpha: float):
        x = torch.addmm(torch.addmm((1 - alpha) * x, r, W), u, W_in)
        r = torch.relu(x)
        return x, r, torch.mm(r, W_out)

    if how == "script":
        advance = torch.jit.script(advance)
    elif how == "compile":
        advance = torch.compile(advance)
    x = torch.zeros(1, units)
    r = torch.relu(x)

    def step():
        global x, r
        for _ in range(TOGETHER):
            x, r, _z = advance(x, r, given, W, W_in, W_out, ALPHA)


serve(step, TOGETHER)
