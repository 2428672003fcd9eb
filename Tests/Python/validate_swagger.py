"""Validates HTTP calls against Swagger 2 descriptions, with jsonschema.

    validate_swagger.py FOLDER

It reads a line of JSON for each call: {"method", "target", "body", "headers"}, and writes for each a line: nothing where the
call is one that a description of the folder has, with its parameters and its body, or what is wrong. With {"status", "answer",
"headers"} beside "method" and "target" the answer is validated instead, with the names of its headers. A line may instead be
{"schema", "instance"}: a document, and the file of its schema."""
import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

try:
    from jsonschema import Draft4Validator, Draft7Validator
except ImportError:
    sys.exit("validate_swagger.py: the Python package jsonschema is missing; see scripts/install-dependencies conformance")


def operations(folder):
    for file in sorted(folder.glob("*.json")):
        model = json.loads(file.read_text(encoding="utf-8"))
        for path, item in model["paths"].items():
            shared = item.get("parameters", [])
            pattern = re.compile("^" + re.sub(r"\\{[^/]+?\\}", "([^/]+)", re.escape(path)) + "$")
            names = re.findall(r"\{([^/]+?)\}", path)
            for method, operation in item.items():
                if isinstance(operation, dict):
                    yield method.upper(), pattern, names, shared + operation.get("parameters", []), operation, model


def errors(schema, model, instance):
    # The descriptions write a parameter's own schema where JSON Schema writes definitions beside it.
    whole = {**schema, "definitions": model["definitions"]}
    return [f"{'/'.join(map(str, error.path))} {error.message}"[:300] for error in Draft4Validator(whole).iter_errors(instance)]


def values(parameter, text):
    """The value of a parameter as its type has it; a list where it is one."""
    kind = parameter.get("type", "string")
    if kind == "array":
        return [convert(parameter["items"].get("type", "string"), part) for part in text.split(",")]
    return convert(kind, text)


def convert(kind, text):
    if kind == "integer":
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return unquote(text)


def parameter_errors(parameter, given, model):
    name, place = parameter["name"], parameter["in"]
    if name not in given:
        return [f"{place} parameter {name} is missing"] if parameter.get("required") else []
    keys = ("type", "enum", "items", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "pattern", "$ref")
    schema = {key: parameter[key] for key in keys if key in parameter}
    return [f"{place} parameter {name}: {error}" for error in errors(schema, model, values(parameter, given[name]))]


def problems(known, call):
    target = urlsplit(call["target"])
    for method, pattern, names, parameters, operation, model in known:
        match = pattern.match(target.path)
        if method != call["method"] or not match:
            continue
        if "status" in call:
            return answer_problems(operation, model, call)
        if "#" in call["target"]:
            return ["the target has a fragment"]
        # Commas stay encoded, where they are part of a value.
        query = dict(part.split("=", 1) for part in target.query.split("&") if part)
        parameters = [model["parameters"][p["$ref"].split("/")[-1]] if "$ref" in p else p for p in parameters]
        by_place = {"query": query, "path": dict(zip(names, match.groups()))}
        found = [f"query parameter {name} is not known" for name in query
                 if name not in {p["name"] for p in parameters if p["in"] == "query"}]
        for parameter in parameters:
            if parameter["in"] in by_place:
                found += parameter_errors(parameter, by_place[parameter["in"]], model)
            elif parameter["in"] == "body":
                if call.get("body") is not None:
                    found += errors(parameter["schema"], model, call["body"])
                elif parameter.get("required"):
                    found.append("the body is missing")
        if call.get("body") is not None and not any(p["in"] == "body" for p in parameters):
            found.append("there is a body, and the operation takes none")
        return found
    return [f"no description has {call['method']} {target.path}"]


def answer_problems(operation, model, call):
    response = operation["responses"].get(str(call["status"]))
    if response is None:
        return [f"{operation['operationId']} has no status {call['status']}"]
    if "$ref" in response:
        response = model["responses"][response["$ref"].split("/")[-1]]
    given = {name.lower() for name in call["headers"]}
    found = [f"the header {name} is missing" for name in response.get("headers", {}) if name.lower() not in given]
    answer = call.get("answer")
    if "schema" in response and answer is not None:
        return found + errors(response["schema"], model, answer)
    return found + ([] if ("schema" in response) == (answer is not None) else ["the body is missing, or there is none"])


def schema_problems(call):
    schema = json.loads(Path(call["schema"]).read_text(encoding="utf-8"))
    return [f"{'/'.join(map(str, error.path))} {error.message}"[:300]
            for error in Draft7Validator(schema).iter_errors(call["instance"])]


def main():
    known = list(operations(Path(sys.argv[1])))
    for line in sys.stdin:
        call = json.loads(line)
        found = schema_problems(call) if "schema" in call else problems(known, call)
        print("; ".join(found).replace("\n", " "))


main()
