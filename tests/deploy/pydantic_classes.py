"""JSON schemas of kinds that a package has as classes of pydantic, read from their source.

Importing them would take other packages and a newer Python. Keys that a class does not have are
refused, as Kubernetes' own strict validation does.
"""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

SIMPLE: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "Base64Str": {"type": "string"},
    "datetime": {"type": "string"},
    "AwareDatetime": {"type": "string"},
    "Any": {},
    "dict": {"type": "object"},
    "ObjectMeta": {},  # Kubernetes' own, see kubernetes.py
}


def schema_of(source: Path, kind: str) -> Schema:
    """Raises KeyError for a kind, or a type of a field, that is not known."""
    classes = {
        node.name: node
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    definitions: dict[str, Schema] = {}
    wanted = [kind]
    while wanted:
        name = wanted.pop()
        if name not in definitions:
            definitions[name] = class_schema(classes[name])
            wanted += (each for each in named_in(definitions[name]) if each not in definitions)
    return {"$ref": f"#/$defs/{kind}", "$defs": definitions}


def class_schema(node: ast.ClassDef) -> Schema:
    fields = [
        each
        for each in node.body
        if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
    ]
    bases = ", ".join(map(ast.unparse, node.bases))
    if bases.startswith("RootModel"):
        base = node.bases[0]
        assert isinstance(base, ast.Subscript)
        return type_schema(base.slice)
    properties: dict[str, Schema] = {}
    required = []
    for field in fields:
        assert isinstance(field.target, ast.Name)
        key = alias_of(field.annotation) or field.target.id
        properties[key] = type_schema(field.annotation)
        if field.value is None:
            required.append(key)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def alias_of(annotation: ast.expr) -> str | None:
    """The key in YAML, where it is no name of Python's: Annotated[…, Field(alias="apiVersion")]."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.keyword) and node.arg == "alias":
            assert isinstance(node.value, ast.Constant)
            return str(node.value.value)
    return None


def type_schema(annotation: ast.expr) -> Schema:
    match annotation:
        case ast.Subscript(ast.Name("Annotated"), ast.Tuple([first, *_])):
            return type_schema(first)
        case ast.Subscript(ast.Name("Literal"), values):
            return {"enum": list(ast.literal_eval(ast.Tuple(elements(values), ast.Load())))}
        case ast.Subscript(ast.Name("list"), item):
            return {"type": "array", "items": type_schema(item)}
        case ast.Subscript(ast.Name("dict"), ast.Tuple([_, value])):
            return {"type": "object", "additionalProperties": type_schema(value)}
        case ast.BinOp(left, ast.BitOr(), ast.Constant(None)):
            return type_schema(left)
        case ast.BinOp(left, ast.BitOr(), right):
            return {"anyOf": [type_schema(left), type_schema(right)]}
        case ast.Name(name):
            return SIMPLE.get(name) or ({} if name in SIMPLE else {"$ref": f"#/$defs/{name}"})
    raise KeyError(ast.unparse(annotation))


def elements(values: ast.expr) -> list[ast.expr]:
    return values.elts if isinstance(values, ast.Tuple) else [values]


def named_in(schema: Any) -> Iterable[str]:
    """The definitions to which a schema refers."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from named_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from named_in(value)
