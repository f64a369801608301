"""JSON schemas of kinds that a package has as interfaces of TypeScript, made by cdk8s.

Keys that an interface does not have are refused.
"""

import re
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

SIMPLE: dict[str, Schema] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "number | string": {"type": ["number", "string"]},
    "Date": {"type": "string"},
    "any": {},
    "ApiObjectMetadata": {},  # Kubernetes' own, see kubernetes.py
}
INTERFACE = re.compile(r"^export interface (\w+) \{\n(.*?)^\}", re.M | re.S)
ENUM = re.compile(r"^export declare enum (\w+) \{\n(.*?)^\}", re.M | re.S)
# A quantity, which YAML writes as a number or a string.
EITHER = re.compile(r"^export declare class (\w+) \{\n +readonly value: number \| string;", re.M)
# The comment has the key as YAML has it: `enablePDB`, for a field called `enablePdb`.
FIELD = re.compile(
    r"@schema \w+#(\S+)\n +\*/\n +readonly \w+(\??): ((?:\{\n.*?\n +\}|[^;{]+)(?:\[\])?);", re.S
)
MAP = re.compile(r"\{\s*\[key: string\]: (.+);\s*\}")


def schema_of(source: Path, kind: str) -> Schema:
    """Raises KeyError for a kind, or a type of a field, that is not known."""
    text = source.read_text()
    definitions: dict[str, Schema] = {
        name: {"enum": re.findall(r'= "(.*)"', body)} for name, body in ENUM.findall(text)
    }
    definitions |= dict.fromkeys(EITHER.findall(text), SIMPLE["number | string"])
    interfaces = dict(INTERFACE.findall(text))
    known = definitions.keys() | interfaces.keys()
    for name, body in interfaces.items():
        fields = FIELD.findall(body)
        definitions[name] = {
            "type": "object",
            "properties": {key: type_schema(written, known) for key, _, written in fields},
            "required": [key for key, optional, _ in fields if not optional],
            "additionalProperties": False,
        }
    properties = definitions[f"{kind}Props"]["properties"]
    properties |= {"apiVersion": {"type": "string"}, "kind": {"const": kind}}
    return {"$ref": f"#/$defs/{kind}Props", "$defs": definitions}


def type_schema(written: str, known: Any) -> Schema:
    if written.endswith("[]"):
        return {"type": "array", "items": type_schema(written.removesuffix("[]"), known)}
    if found := MAP.fullmatch(written):
        return {"type": "object", "additionalProperties": type_schema(found[1], known)}
    if written in known:
        return {"$ref": f"#/$defs/{written}"}
    return SIMPLE[written]
