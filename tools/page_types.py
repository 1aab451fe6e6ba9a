"""Write the TypeScript types of the payloads from their pydantic models.

python tools/page_types.py          write web/src/payload/types.ts
python tools/page_types.py --check  exit with 1 if the file differs from what would be written
"""

import json
from pathlib import Path
from typing import Annotated, Any

from generated import keep
from pydantic import Field, TypeAdapter

from convscope.payload import Payload
from convscope.payload.arrays import SCHEMA

PATH = Path(__file__).parents[1] / "web" / "src" / "payload" / "types.ts"
HEAD = """/** Payloads: numbers with a scale and a caption. tools/page_types.py wrote this file from
 * src/convscope/payload. A field with a default may be absent. */

import type { Values } from "$/payload/arrays";
"""
Schema = dict[str, Any]


def text() -> str:
    """Return the file: one interface per record, and the unions."""
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[Payload, Field(discriminator="kind")])
    records = adapter.json_schema(mode="serialization")["$defs"]
    parts = [HEAD, *(_interface(name, schema) for name, schema in sorted(records.items()))]
    items = " | ".join(
        _name(each) for each in records["Sheet"]["properties"]["items"]["items"]["oneOf"]
    )
    parts.append(f"/** The payloads that a sheet may hold. */\nexport type Item = {items};\n")
    parts.append("export type Payload = Item | Sheet;\n")
    return "\n".join(parts)


def _interface(name: str, schema: Schema) -> str:
    required = {*schema.get("required", ()), "kind"}
    lines = [f"/** {schema['description'].splitlines()[0]} */", f"export interface {name} {{"]
    for field, each in schema["properties"].items():
        mark = "" if field in required else "?"
        lines.append(f"  readonly {field}{mark}: {_type(each)};")
    return "\n".join([*lines, "}"]) + "\n"


def _type(schema: Schema) -> str:
    """Return the TypeScript type of a field; arrays of numbers in base64 have their own."""
    if set(schema.get("properties", ())) == set(SCHEMA["properties"]):
        return "Values"
    if "$ref" in schema:
        return _name(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(map(_type, schema[union])))
    if schema["type"] == "array":
        inner = _type(schema["items"])
        inner = "Item" if schema["items"].get("oneOf") else inner
        return f"readonly ({inner})[]" if "|" in inner else f"readonly {inner}[]"
    return {"integer": "number", "null": "null"}.get(schema["type"], schema["type"])


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


if __name__ == "__main__":
    keep({PATH: text()})
