"""ONNX files of strangers: what is refused before a runtime gets it, each with its sentence.

Rows 15 to 17 of the list of faults: declared sizes, files beside, operators of others, nesting.
"""

import contextlib

import pytest
from onnx import TensorProto, helper

from convscope.errors import FormatError
from convscope.export.verify import reading
from convscope.export.verify.reading import read_facts
from tests.export.onnx_files import graph, initializer, nested, node, small


def external(location):
    model = small()
    tensor = initializer(model)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value=location)
    return model


def external_without_flag():
    model = small()
    initializer(model).external_data.add(key="location", value="weights.bin")
    return model


def external_in_a_constant():
    tensor = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [0.0])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return graph(node("Constant", value=tensor))


def external_in_a_subgraph():
    model = nested(2)
    inner = model.graph.node[0].attribute[0].g
    tensor = inner.initializer.add(name="w", data_type=TensorProto.FLOAT, dims=[1])
    tensor.external_data.add(key="location", value="../w")
    return model


def declared(*dims, **fields):
    model = small()
    tensor = initializer(model)
    tensor.ClearField("dims")
    tensor.dims.extend(dims)
    for name, value in fields.items():
        setattr(tensor, name, value)
    return model


def of_domain(domain, operator="Attention"):
    model = graph(helper.make_node(operator, ["x"], ["y"], "mine", domain=domain))
    model.opset_import.add(domain=domain, version=1)
    return model


def with_function():
    model = graph(node("Relu"))
    model.functions.add(name="f", domain="mine")
    return model


def with_training():
    model = graph(node("Relu"))
    model.training_info.add()
    return model


def without(field):
    model = small()
    model.ClearField(field)
    return model


def sparse():
    model = graph(node("Relu"))
    model.graph.sparse_initializer.add()
    return model


def twice():
    model = small()
    model.metadata_props.add(key="convscope.golden", value="{}")
    return model


def with_many_inputs():
    extra = [helper.make_tensor_value_info(f"x{k}", TensorProto.FLOAT, [1]) for k in range(9_000)]
    return graph(node("Relu", "x0"), inputs=extra)


def no_utf_8():
    return graph(node("Convv")).SerializeToString().replace(b"Convv", b"Co\xffvv")


def _bytes(model):
    return model if isinstance(model, bytes) else model.SerializeToString()


ROWS = {
    "external data": (lambda: external("weights.bin"), "in another file: weights.bin"),
    "external, above": (lambda: external("../../etc/passwd"), "file: ../../etc/passwd"),
    "external, absolute": (lambda: external("/dev/zero"), "in another file: /dev/zero"),
    "external, no name": (external_without_flag, "in another file: weights.bin"),
    "external, constant": (external_in_a_constant, "in another file: /etc/passwd"),
    "external, subgraph": (external_in_a_subgraph, "in another file: ../w"),
    "huge": (lambda: declared(10**6, 10**6), r"shape 1000000, 1000000 \(FLOAT\)"),
    "overflowing": (lambda: declared(*[2**31] * 4), "expected: 85,070,591,730,234,"),
    "negative": (lambda: declared(-1, 4), "a tensor of the shape -1, 4"),
    "many axes": (lambda: declared(*[1] * 40), "at most 16 sizes"),
    "type": (lambda: declared(1, data_type=99), "numbers of the type 99"),
    "no type": (lambda: declared(1, data_type=0), "numbers of the type UNDEFINED"),
    "domain": (lambda: of_domain("com.microsoft"), "Attention of the domain com.microsoft"),
    "ml domain": (lambda: of_domain("ai.onnx.ml", "Scaler"), "Scaler of the domain ai.onnx.ml"),
    "control characters": (lambda: of_domain("\x1b[2J"), r"domain \\x1b\[2J"),
    "no such operator": (lambda: graph(node("Convv")), "no operator 'Convv'.*\n.*\n.*Conv"),
    "too new operator": (lambda: graph(node("Gelu")), "no operator 'Gelu' in opset 18"),
    "functions": (with_function, "1 local function: mine.f"),
    "training": (with_training, "a graph for training"),
    "nesting": (lambda: nested(12), "nested too deeply"),
    "opset of tomorrow": (lambda: graph(node("Relu"), opset=99), "version 99"),
    "old opset": (lambda: graph(node("Relu"), opset=6), "version 6.*\n.*\n.*version_converter"),
    "no opset": (lambda: without("opset_import"), "no version of the operators"),
    "no graph": (lambda: without("graph"), "no graph"),
    "no nodes": (lambda: graph(), "no nodes"),
    "sparse": (sparse, "sparse"),
    "metadata twice": (twice, "there twice"),
    "no UTF-8": (lambda: no_utf_8(), r"Co\\\\xffv"),
    "many inputs": (with_many_inputs, "inputs or outputs"),
}


@pytest.mark.parametrize("name", ROWS)
def test_refused_before_a_runtime_gets_it(name):
    make, message = ROWS[name]
    with pytest.raises(FormatError, match=message) as caught:
        read_facts(_bytes(make()))
    assert "\x1b" not in str(caught.value)


def test_a_file_that_is_right():
    facts = read_facts(small().SerializeToString())
    assert facts.operators == dict.fromkeys(facts.operators, 1)
    assert {"Conv", "Relu", "GlobalAveragePool", "Gemm"} < set(facts.operators)
    assert facts.inputs == (("input", "float32", ("N", 3, 6, 5)),)
    assert facts.sha256 == facts.metadata["convscope.weights_sha256"]
    assert read_facts(nested(3).SerializeToString()).num_nodes == 31


def test_numbers_may_be_stored_in_any_field():
    for kind in ("FLOAT", "INT8", "INT64", "FLOAT16", "BOOL", "UINT64", "DOUBLE", "INT4"):
        number = getattr(TensorProto, kind)
        tensors = [
            helper.make_tensor("t", number, [3], [1, 0, 1]),
            helper.make_tensor("e", number, [0], []),
        ]
        read_facts(graph(node("Relu"), tensors=tensors).SerializeToString())


def test_every_prefix_is_refused_or_read():
    data = small().SerializeToString()
    refused = 0
    for end in range(0, len(data), 7):
        with contextlib.suppress(FormatError):
            read_facts(data[:end])
            continue
        refused += 1
    assert refused > 0.9 * len(data) / 7


def test_too_many_nodes(monkeypatch):
    monkeypatch.setattr(reading, "MAX_NODES", 3)
    with pytest.raises(FormatError, match="more than 3 nodes"):
        read_facts(small().SerializeToString())
