"""The stock that the inventory benchmark runs on, written by SQL: SKUs, their levels, and the brand's locations."""

import itertools
import tempfile

BRAND = "018f0000-0000-7000-8000-000000000001"
# A second brand, for lists.
LIST_BRAND = "018f0000-0000-7000-8000-000000000002"
UNITS = 100_000
# Of the items for lists one in so many has no stock.
OUT_OF_STOCK_EVERY = 5

SKU_PREFIX = b"SKU-"
SKU_DIGITS = 8
BUCKETS = 64
FNV_BASIS, FNV_PRIME, FNV_MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1


def add_bytes(state, text):
    for byte in text:
        state = ((state ^ byte) * FNV_PRIME) & FNV_MASK
    return state


def hashes(state, digits):
    """FNV-1a of all numbers of so many digits, ascending; what they begin with in common is hashed once."""
    if digits == 0:
        yield state
        return
    for digit in b"0123456789":
        yield from hashes(((state ^ digit) * FNV_PRIME) & FNV_MASK, digits - 1)


def sku_lines(brand, count):
    """A line of COPY for each SKU: its bucket, as Sources/Buckets computes it, and its text."""
    state = add_bytes(FNV_BASIS, bytes.fromhex(brand.replace("-", "")) + SKU_PREFIX)
    prefix = SKU_PREFIX.decode()
    for number, value in enumerate(itertools.islice(hashes(state, SKU_DIGITS), count)):
        yield f"{(value ^ (value >> 32)) & (BUCKETS - 1)}\t{prefix}{number:0{SKU_DIGITS}}\n"


def setup_statements(brand, locations):
    return [
        f"insert into setup (brand_id, version) values ('{brand}', 1)",
        f"""insert into location (brand_id, location_id, name, kind, region, country, priority, cut_off_minute, time_zone,
            is_active, safety_buffer, stale_rule, version)
        select '{brand}', 'WHS' || n, 'Warehouse ' || n, 1, '', 'US', n, 0, '', true, 0, 1, 1
        from generate_series(1, {locations}) n""",
    ]


def copy_skus(database, name, brand, count):
    with tempfile.NamedTemporaryFile("w", prefix="bench-skus-", suffix=".tsv") as file:
        file.writelines(sku_lines(brand, count))
        file.flush()
        with open(file.name, encoding="ascii") as lines:
            database.sql(
                "create unlogged table seed (bucket smallint not null, sku text collate \"C\" not null)",
                "copy seed from stdin", database=name, standard_input=lines)


def write_stock(database, name, count, locations, brand=BRAND):
    """SKUs that have stock at every location."""
    copy_skus(database, name, brand, count)
    database.sql(
        *setup_statements(brand, locations),
        f"""insert into item (bucket, brand_id, sku, version, total_available, changed_at, is_in_stock)
        select bucket, '{brand}', sku, 1, {UNITS * locations}, now(), true from seed""",
        f"""insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version)
        select bucket, '{brand}', sku, 'WHS' || n, {UNITS}, 0, 0, 0, 0, 1
        from seed, lateral generate_series(1, {locations}) n""",
        "drop table seed", "vacuum analyze item", "vacuum analyze level", "checkpoint", database=name)


def write_list_stock(database, name, count, locations):
    """SKUs that have stock, or none, at one of many locations."""
    copy_skus(database, name, LIST_BRAND, count)
    units = f"case when number % {OUT_OF_STOCK_EVERY} = 0 then 0 else {UNITS} end"
    numbered = "(select *, right(sku, 8)::integer as number from seed) numbered"
    database.sql(
        *setup_statements(LIST_BRAND, locations),
        f"""insert into item (bucket, brand_id, sku, version, total_available, changed_at, is_in_stock)
        select bucket, '{LIST_BRAND}', sku, 1, {units}, now(), {units} > 0 from {numbered}""",
        f"""insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version)
        select bucket, '{LIST_BRAND}', sku, 'WHS' || 1 + number % {locations}, {units}, 0, 0, 0, 0, 1 from {numbered}""",
        "drop table seed", "vacuum analyze item", "vacuum analyze level", "checkpoint", database=name)
