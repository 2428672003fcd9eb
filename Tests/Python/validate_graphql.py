"""Validates GraphQL documents against a schema, with graphql-core.

    validate_graphql.py SCHEMA.graphql

It reads a line of JSON for each document: {"name", "document", "variables"}, and writes for each a line: nothing where the
document and its variables are right, or what is wrong."""
import json
import sys
from pathlib import Path

try:
    from graphql import GraphQLError, build_schema, parse, validate
    from graphql.execution.values import get_variable_values
except ImportError:
    sys.exit("validate_graphql.py: the Python package graphql-core is missing; see scripts/install-dependencies conformance")


def problems(schema, line):
    case = json.loads(line)
    try:
        document = parse(case["document"])
    except GraphQLError as error:
        return [error.message]
    found = [error.message for error in validate(schema, document)]
    if found or case.get("variables") is None:
        return found
    (operation,) = document.definitions
    values = get_variable_values(schema, operation.variable_definitions, case["variables"])
    return [error.message for error in values] if isinstance(values, list) else []


def main():
    schema = build_schema(Path(sys.argv[1]).read_text(encoding="utf-8"), assume_valid_sdl=True)
    for line in sys.stdin:
        print("; ".join(problems(schema, line)).replace("\n", " "))


main()
