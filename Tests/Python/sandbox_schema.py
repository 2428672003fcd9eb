"""Compares the sandbox's schema with the platform's own: everything that it offers must be there, and be the same.

    scripts/python Tests/Python/sandbox_schema.py SANDBOX_SCHEMA OFFICIAL_SCHEMA

Writes one line for each difference, and a last line with the number of compared names and types. Needs graphql-core,
which scripts/install-dependencies puts into .build/python-graphql."""

import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[2] / ".build" / "python-graphql"
sys.path += map(str, ENVIRONMENT.glob("lib/python3*/site-packages"))

# Only now can it be found.
from graphql import (
    GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, build_ast_schema,
    parse)


def load(path):
    with open(path, encoding="utf-8") as file:
        return build_ast_schema(parse(file.read(), no_location=True), assume_valid=True)


class Comparison:
    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.differences = []
        self.count = 0

    def same(self, what, ours, theirs):
        self.count += 1
        if str(ours) != str(theirs):
            self.differences.append(f"{what} is {ours} here and {theirs} there")

    def run(self):
        for name, ours in self.ours.type_map.items():
            if name.startswith("__"):
                continue
            theirs = self.theirs.type_map.get(name)
            if theirs is None:
                self.differences.append(f"there is no type {name}")
            elif type(ours) is not type(theirs):
                self.differences.append(f"{name} is a {type(ours).__name__} here and a {type(theirs).__name__} there")
            else:
                self.compare(name, ours, theirs)
        ours = self.ours.get_directive("idempotent")
        theirs = self.theirs.get_directive("idempotent")
        self.same("@idempotent's key", ours.args["key"].type, theirs.args["key"].type)
        self.same("@idempotent's places", ours.locations, theirs.locations)

    def compare(self, name, ours, theirs):
        if isinstance(ours, GraphQLEnumType):
            for value in ours.values:
                self.count += 1
                if value not in theirs.values:
                    self.differences.append(f"{name} has no value {value}")
        elif isinstance(ours, GraphQLUnionType):
            self.same(f"union {name}", sorted(map(str, ours.types)), sorted(map(str, theirs.types)))
        elif isinstance(ours, GraphQLInputObjectType):
            self.inputs(name, ours.fields, theirs.fields)
        elif isinstance(ours, (GraphQLObjectType, GraphQLInterfaceType)):
            for interface in map(str, ours.interfaces):
                self.count += 1
                if interface not in map(str, theirs.interfaces):
                    self.differences.append(f"{name} is no {interface}")
            for field, definition in ours.fields.items():
                other = theirs.fields.get(field)
                if other is None:
                    self.differences.append(f"there is no field {name}.{field}")
                    continue
                self.same(f"{name}.{field}", definition.type, other.type)
                self.inputs(f"{name}.{field}", definition.args, other.args)

    def inputs(self, owner, ours, theirs):
        for name, value in ours.items():
            other = theirs.get(name)
            if other is None:
                self.differences.append(f"{owner} takes no {name}")
                continue
            self.same(f"{owner}({name})", value.type, other.type)
            self.same(f"the default of {owner}({name})", value.default_value, other.default_value)
        for name, value in theirs.items():
            if str(value.type).endswith("!") and name not in ours and str(value.default_value) == "Undefined":
                self.differences.append(f"{owner} does not ask for {name}, which is needed")


def main():
    comparison = Comparison(load(sys.argv[1]), load(sys.argv[2]))
    comparison.run()
    for difference in sorted(comparison.differences):
        print(difference)
    print(f"compared {comparison.count}")


if __name__ == "__main__":
    main()
