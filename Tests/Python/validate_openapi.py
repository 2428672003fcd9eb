"""Validates calls, and answers to them, against OpenAPI documents, with jsonschema.

    validate_openapi.py DOCUMENT.json…

It reads a line of JSON for each call: {"method", "path", "headers", "body"}, with the path from the host on, and writes for
each a line: nothing where the call is right, or what is wrong. Members that no schema has are wrong, too. A line with
{"answer": {"status", "body"}} beside method and path is about the answer alone."""
import copy
import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

try:
    from jsonschema import Draft4Validator
except ImportError:
    sys.exit("validate_openapi.py: the Python package jsonschema is missing; see scripts/install-dependencies conformance")


# Members that a document says are texts, and describes as lists of texts by name.
NAMED_LISTS = {"aspects"}


# Statuses that any operation may answer with: tokens and limits are those of all interfaces.
OF_ALL = {401, 403, 429}


def closed(schema):
    """A schema that takes no members but those that it names."""
    if isinstance(schema, dict):
        for name in NAMED_LISTS & set(schema["properties"] if isinstance(schema.get("properties"), dict) else ()):
            texts = {"type": "array", "items": {"type": "string"}}
            schema["properties"][name] = {"type": "object", "additionalProperties": texts}
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            closed(value)
    elif isinstance(schema, list):
        for value in schema:
            closed(value)
    return schema


def operations(files):
    for file in files:
        document = closed(json.loads(Path(file).read_text(encoding="utf-8")))
        base = document["servers"][0]["variables"]["basePath"]["default"]
        for path, methods in document["paths"].items():
            pattern = re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", base + path)))
            for method, operation in methods.items():
                yield document, pattern, method.upper(), operation


def body_problems(document, operation, body):
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return [] if body is None else ["it has a body, and takes none"]
    if body is None:
        return ["it has no body"]
    return schema_problems(document, next(iter(content.values()))["schema"], body)


def schema_problems(document, schema, body):
    whole = {"allOf": [schema], "components": copy.deepcopy(document["components"])}
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in Draft4Validator(whole).iter_errors(body)]


def answer_problems(document, operation, answer):
    status, body = answer["status"], answer.get("body")
    responses = operation["responses"]
    if str(status) not in responses and status not in OF_ALL:
        return [f"it has no status {status}"]
    if status >= 400:
        # Operations name the codes of their errors, and all have one shape.
        entries = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Error"}}
        shape = {"type": "object", "required": ["errors"], "properties": {"errors": entries}, "additionalProperties": False}
        return schema_problems(document, shape, body)
    content = responses[str(status)].get("content")
    if not content and status == 207:
        content = responses["200"].get("content")
    if not content:
        return [] if body in (None, {}) else ["it has a body, and none is described"]
    return ["it has no body"] if body is None else schema_problems(document, next(iter(content.values()))["schema"], body)


def problems(known, call):
    address = urlsplit(call["path"])
    # An address without parameters is that of its own operation, not of one with a parameter in its place.
    found = [entry for entry in known if entry[2] == call["method"] and entry[1].fullmatch(address.path)]
    if not found:
        return [f"there is no operation {call['method']} {address.path}"]
    document, _, _, operation = min(found, key=lambda entry: entry[1].pattern.count("[^/]+"))
    if "answer" in call:
        return answer_problems(document, operation, call["answer"])
    parameters = operation.get("parameters", [])
    wrong = body_problems(document, operation, call.get("body"))
    names = {entry["name"] for entry in parameters if entry["in"] == "query"}
    wrong += [f"it has no parameter {name}" for name, _ in parse_qsl(address.query) if name not in names]
    given = {name.lower() for name in call["headers"]} | {name for name, _ in parse_qsl(address.query)}
    for entry in parameters:
        if entry.get("required") and entry["in"] != "path" and entry["name"].lower() not in given:
            wrong.append(f"{entry['name']} is missing")
    return wrong


def main():
    known = list(operations(sys.argv[1:]))
    for line in sys.stdin:
        print("; ".join(problems(known, json.loads(line))).replace("\n", " "))


main()
