# Knows protobuf's JSON by the package `protobuf`, and the few ways in which ours differs from it (docs/api.md).
#
# The first line of input is a serialised FileDescriptorSet in hexadecimal. Each other line is a message's name, its wire
# bytes in hexadecimal, and the JSON that we made of them, separated by tabs. For each of these a line is written: "same",
# or the difference; a tab; and the JSON that Python makes of the message in our mapping.
import decimal
import json
import re
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

sys.set_int_max_str_digits(0) if hasattr(sys, "set_int_max_str_digits") else None


def message_class(pool, name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def to_dict(message):
    try:
        return json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    except TypeError:
        return json_format.MessageToDict(message, including_default_value_fields=True)


def enum_name(enum, value):
    if isinstance(value, int):
        return value
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", enum.name).upper() + "_"
    # Python prints the last of the names that a number has, we the first.
    number = enum.values_by_name[value].number
    first = next(each.name for each in enum.values if each.number == number)
    return (first[len(words):] if first.startswith(words) and len(first) > len(words) else first).lower()


def is_repeated(field):
    # Newer releases deprecate the label.
    return field.is_repeated if hasattr(type(field), "is_repeated") else field.label == field.LABEL_REPEATED


def one(field, value):
    if field.type == field.TYPE_ENUM:
        return enum_name(field.enum_type, value)
    if field.type == field.TYPE_MESSAGE:
        return ours(field.message_type, value)
    if field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64):
        return int(value)
    if field.cpp_type == field.CPPTYPE_FLOAT and isinstance(value, float):
        return struct.unpack("f", struct.pack("f", value))[0]
    return value


def ours(descriptor, value):
    """Our JSON of a message that json_format has turned into plain values."""
    if descriptor.full_name in ("google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"):
        return value
    if descriptor.name == "Decimal":
        return decimal.Decimal(int(value.get("micros", 0))).scaleb(-6)
    result = {}
    for field in descriptor.fields:
        if field.json_name not in value:
            continue
        given = value[field.json_name]
        if field.type == field.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
            element = field.message_type.fields_by_name["value"]
            result[field.json_name] = {key: one(element, each) for key, each in given.items()}
        elif is_repeated(field):
            result[field.json_name] = [one(field, each) for each in given]
        else:
            result[field.json_name] = one(field, given)
    return result


def same(left, right, path=""):
    """None where two values are the same, else where they differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return f"{path}: {sorted(left.keys() ^ right.keys())}"
        return next((found for key in left if (found := same(left[key], right[key], f"{path}/{key}"))), None)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return f"{path}: {len(left)} and {len(right)} elements"
        pairs = enumerate(zip(left, right))
        return next((found for i, (a, b) in pairs if (found := same(a, b, f"{path}/{i}"))), None)
    numbers = (int, float, decimal.Decimal)
    if isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool):
        if isinstance(right, float):
            # A float is the shortest text that gives it back, which another text may do as well.
            narrow = [struct.unpack("f", struct.pack("f", float(each)))[0] if abs(each) < 3.5e38 else 0 for each in (left, right)]
            return None if float(left) == right or narrow[0] == narrow[1] == right else f"{path}: {left} and {right}"
        return None if left == right else f"{path}: {left} and {right}"
    return None if type(left) is type(right) and left == right else f"{path}: {left!r} and {right!r}"


def plain(value):
    """What json can write; decimals become text, which we read as well."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return format(value, "f") if isinstance(value, decimal.Decimal) else value


pool = descriptor_pool.DescriptorPool()
for file in descriptor_pb2.FileDescriptorSet.FromString(bytes.fromhex(sys.stdin.readline().strip())).file:
    pool.Add(file) if hasattr(pool, "Add") and not hasattr(pool, "AddSerializedFile") else pool.AddSerializedFile(
        file.SerializeToString())
for line in sys.stdin:
    name, wire, made = line.rstrip("\n").split("\t")
    message = message_class(pool, name).FromString(bytes.fromhex(wire))
    expected = ours(message.DESCRIPTOR, to_dict(message))
    difference = same(json.loads(made, parse_float=decimal.Decimal), expected)
    # The path may hold any character, a line feed among them.
    print(f"{json.dumps(difference) if difference else 'same'}\t{json.dumps(plain(expected))}")
