"""Test vectors from another protobuf implementation, for a message of any type.

    python3 message_vectors.py DESCRIPTORS.pb FULL_MESSAGE_NAME SEED COUNT
        writes COUNT random messages, one a line: the bytes of the deterministic form in hexadecimal
    python3 message_vectors.py --check DESCRIPTORS.pb FULL_MESSAGE_NAME
        reads such lines, parses each and writes its deterministic form again: prints `same`, `differs HEX`, or
        `malformed` for bytes that are not the message

The same seed gives the same messages. An empty message is an empty line. The deterministic form has its fields in the
order of their numbers, lists packed where they may be, and map entries in ascending order of keys (text by its UTF-8
bytes), each with its key and its value.
"""
import pathlib
import random
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from google.protobuf.descriptor import FieldDescriptor

MAXIMUM_DEPTH = 4
ENTRY_MARK = "_of_a_map_entry_"
SIGNED_32 = [0, 1, -1, 127, 128, 16_383, 16_384, 2**31 - 1, -(2**31)]
SIGNED_64 = [*SIGNED_32, 2**31, 2**32, 2**53 + 1, 2**63 - 1, -(2**63)]
UNSIGNED_32 = [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**32 - 1]
UNSIGNED_64 = [*UNSIGNED_32, 2**32, 2**53 + 1, 2**63, 2**64 - 1]
# Zero of both signs, the least and greatest of both widths, and what has no exact form. No NaN: it equals nothing.
REALS = [0.0, -0.0, 1.0, -1.5, 0.1, 2.0**-149, 2.0**127, float("inf"), float("-inf")]
DOUBLES = [*REALS, 5e-324, 1.7976931348623157e308, 2.0**53 + 2]
TEXTS = [
    "", "a", "ABC1234", "x" * 127, "x" * 128, "Zündkerze", "火花塞", "🔧🚗", "e\u0301", "\u202eabc", "\ufeff", "\U0010ffff",
    "\x01\x7f\u0080", "\ue000\uffff", "a\r\n\t\"\\/'b",
]
ALPHABET = "aZ0 -_.\u00e9\u0416\u4e2d\U0001f527"
INTEGERS = {
    FieldDescriptor.TYPE_INT32: SIGNED_32, FieldDescriptor.TYPE_INT64: SIGNED_64,
    FieldDescriptor.TYPE_SINT32: SIGNED_32, FieldDescriptor.TYPE_SINT64: SIGNED_64,
    FieldDescriptor.TYPE_SFIXED32: SIGNED_32, FieldDescriptor.TYPE_SFIXED64: SIGNED_64,
    FieldDescriptor.TYPE_UINT32: UNSIGNED_32, FieldDescriptor.TYPE_UINT64: UNSIGNED_64,
    FieldDescriptor.TYPE_FIXED32: UNSIGNED_32, FieldDescriptor.TYPE_FIXED64: UNSIGNED_64,
}


def message_class(path, name):
    """The class of the message of that name in a file with a FileDescriptorSet; its maps are lists of entries.

    Releases of protobuf write maps in different orders even when asked for the deterministic form. As lists, which are
    the same bytes, they can be put in order here.
    """
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes()).file:
        for kind in file.message_type:
            maps_to_lists(kind)
        pool.AddSerializedFile(file.SerializeToString())
    new = getattr(message_factory, "GetMessageClass", None)  # Only since protobuf 4.22.
    return (new or message_factory.MessageFactory(pool).GetPrototype)(pool.FindMessageTypeByName(name))


def maps_to_lists(kind):
    """Makes a message's map entries plain messages, in which key and value are written even when zero."""
    for nested in kind.nested_type:
        maps_to_lists(nested)
    if kind.options.map_entry:
        kind.options.map_entry = False
        for index, field in enumerate(kind.field):
            field.proto3_optional, field.oneof_index = True, index
            kind.oneof_decl.add(name=ENTRY_MARK + field.name)


def is_entry(kind):
    """Whether a message was a map's entry."""
    return any(oneof.name.startswith(ENTRY_MARK) for oneof in kind.oneofs)


def in_order(value):
    """Puts the maps in a message, and in all that it holds, into the deterministic form; answers the message."""
    for field, member in value.ListFields():
        if not field.message_type:
            continue
        for each in member if is_repeated(field) else [member]:
            in_order(each)
        if is_entry(field.message_type):
            # The last entry of a key counts, as it does when a map is parsed.
            entries = {entry.key: entry for entry in member}
            ordered = [entries[key] for key in sorted(entries, key=order)]
            copies = [type(entry).FromString(entry.SerializeToString()) for entry in ordered]
            value.ClearField(field.name)
            for copy in copies:
                complete(copy)
                getattr(value, field.name).add().CopyFrom(copy)
    return value


def order(key):
    """What map keys are compared by."""
    return key.encode() if isinstance(key, str) else key


def complete(entry):
    """Sets an entry's key and value if they are absent: absent is zero, and is written."""
    for field in entry.DESCRIPTOR.fields:
        if field.message_type:
            getattr(entry, field.name).SetInParent()
        elif not entry.HasField(field.name):
            setattr(entry, field.name, field.default_value)


def is_repeated(field):
    """Whether a field is a list or map; `label` is gone from newer releases of protobuf, `is_repeated` from older."""
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == FieldDescriptor.LABEL_REPEATED


def random_integer(source, edges):
    """An integer between the edges: one of them or near, or any, with all lengths of a varint alike."""
    if source.random() < 0.4:
        return source.choice(edges)
    value = source.getrandbits(source.randint(1, max(edges).bit_length()))
    return -value if min(edges) < 0 and source.random() < 0.5 else value


def random_text(source):
    """Text without NUL: an edge case, or a mixture of characters of one to four bytes."""
    if source.random() < 0.4:
        return source.choice(TEXTS)
    return "".join(source.choice(ALPHABET) for _ in range(source.choice([1, 3, 10, 40, 200])))


def random_scalar(source, field):
    """A value for a field that is not a message."""
    if field.type in INTEGERS:
        return random_integer(source, INTEGERS[field.type])
    if field.type == FieldDescriptor.TYPE_BOOL:
        return source.random() < 0.5
    if field.type == FieldDescriptor.TYPE_ENUM:
        if source.random() < 0.3:
            # A value that no name is known for must survive as well; proto3 enums are open.
            return random_integer(source, SIGNED_32)
        return source.choice(field.enum_type.values).number
    if field.type == FieldDescriptor.TYPE_STRING:
        return random_text(source)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return source.choice([b"", b"\0", b"\xff\xfe", source.randbytes(source.choice([1, 7, 127, 128, 1_000]))])
    if field.type == FieldDescriptor.TYPE_FLOAT:
        # A float that a double holds exactly, so that reading it back cannot round.
        any_float = struct.unpack("<f", struct.pack("<f", source.uniform(-1e6, 1e6)))[0]
        return source.choice([*REALS, any_float])
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return source.choice([*DOUBLES, source.uniform(-1e12, 1e12)])
    raise SystemExit(f"{field.full_name}: this kind of field is not made here")


def fill(source, target, depth=0):
    """Sets some of a message's fields, each of a oneof's members as often as the others."""
    descriptor = target.DESCRIPTOR
    chosen = {oneof.name: source.choice(oneof.fields).name for oneof in descriptor.oneofs}
    # From nearly none to all, so that messages with few and with many fields are both common.
    share = source.choice([0.1, 0.5, 0.9, 1.0])
    for field in descriptor.fields:
        if source.random() > share or (field.containing_oneof and chosen[field.containing_oneof.name] != field.name):
            continue
        if is_repeated(field):
            fill_repeated(source, target, field, depth)
        elif field.message_type:
            member = getattr(target, field.name)
            member.SetInParent()
            if depth < MAXIMUM_DEPTH:
                fill(source, member, depth + 1)
        else:
            setattr(target, field.name, random_scalar(source, field))


def fill_repeated(source, target, field, depth):
    """Sets a list or a map."""
    values, count = getattr(target, field.name), source.choice([0, 1, 2, 5, 40] if depth == 0 else [0, 1, 2])
    if field.message_type and depth >= MAXIMUM_DEPTH:
        count = 0
    for _ in range(count):
        if not field.message_type:
            values.append(random_scalar(source, field))
        elif not is_entry(field.message_type):
            fill(source, values.add(), depth + 1)
        else:
            key, value, entry = *field.message_type.fields, values.add()
            entry.key = random_scalar(source, key)
            if value.message_type:
                fill(source, entry.value, depth + 1)
            else:
                entry.value = random_scalar(source, value)


def generate(path, name, seed, count):
    """Writes random messages."""
    kind, source = message_class(path, name), random.Random(f"{name} {seed}")
    for index in range(int(count)):
        value = kind()
        if index > 0:  # The first is the empty message.
            fill(source, value)
        print(in_order(value).SerializeToString(deterministic=True).hex())


def check(path, name):
    """Reads messages, and writes whether each has the bytes it would get here."""
    kind = message_class(path, name)
    for line in sys.stdin:
        data = bytes.fromhex(line.strip())
        try:
            again = in_order(kind.FromString(data)).SerializeToString(deterministic=True)
        except message.DecodeError:
            print("malformed")
        else:
            print("same" if again == data else f"differs {again.hex()}")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--check":
        check(*sys.argv[2:])
    elif len(sys.argv) == 5:
        generate(*sys.argv[1:])
    else:
        sys.exit(__doc__)
