"""The published JSON Schema: what the zoo writes satisfies it, what is wrong does not."""

import json

import pytest

from convscope.arch import Architecture
from convscope.arch.block import COMPOSITIONS
from convscope.layers import LAYERS
from convscope.zoo import list_architectures, load
from tests.zoo.sample import rows


def test_schema_describes_every_block_and_allows_no_other_field():
    schema = Architecture.json_schema()
    kinds = {
        name: model
        for name, model in schema["$defs"].items()
        if "type" in model.get("properties", {})
    }
    assert len(kinds) == len(LAYERS) + len(COMPOSITIONS)
    for name, model in kinds.items():
        assert model["additionalProperties"] is False
        assert model["properties"]["type"]["const"] == name
    assert schema["additionalProperties"] is False
    assert "trace" not in schema["properties"]
    assert "limits" not in schema["properties"]


def _valid(value, schema, root):
    """The part of JSON Schema that pydantic writes, checked by hand."""
    if "$ref" in schema:
        return _valid(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    options = schema.get("oneOf") or schema.get("anyOf")
    if options and not any(_valid(value, option, root) for option in options):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "null": type(None),
        "integer": int,
        "number": (int, float),
    }
    if "type" in schema:
        if not isinstance(value, kinds[schema["type"]]):
            return False
        if isinstance(value, bool) != (schema["type"] == "boolean"):
            return False
    if isinstance(value, dict):
        return _valid_object(value, schema, root)
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        rest = value[len(first) :] if "items" in schema else []
        return all(_valid(v, s, root) for v, s in zip(value, first, strict=False)) and all(
            _valid(v, schema["items"], root) for v in rest
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return schema.get("exclusiveMinimum", -1e99) < value <= schema.get("maximum", 1e99)
    return True


def _valid_object(value, schema, root):
    known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    if any(name not in value for name in schema.get("required", [])):
        return False
    for name, inner in value.items():
        if name not in known and other is False:
            return False
        if not _valid(inner, known.get(name, other if isinstance(other, dict) else {}), root):
            return False
    return True


@pytest.mark.parametrize("name", rows(list_architectures()))
def test_the_zoo_satisfies_the_schema_and_errors_do_not(name):
    schema = Architecture.json_schema()
    data = json.loads(load(name).to_json())
    assert _valid(data, schema, schema)
    first = next(iter(data["block"]["blocks"].values()))
    for wrong in ({"out_channels": 0}, {"type": "Conv9d"}, {"extra": 1}, {"bias": 1}):
        kept = dict(first)
        first.update(wrong)
        assert not _valid(data, schema, schema)
        first.clear()
        first.update(kept)
