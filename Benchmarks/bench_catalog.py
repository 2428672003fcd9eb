#!/usr/bin/env python3
"""The benchmark of the catalog: a system of its own, and everything by REST, as anybody would do it."""

import argparse
import gzip
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, first_line, print_table, write_results
from system import System, build_system

PROJECT = BENCHMARKS.parent
SHARED = Path(os.environ.get("DRIVELINE_SHARED", PROJECT.parent / "shared"))
REAL_FILE = SHARED / "data" / "aces-pies" / "aces-3.1-airqualitee-full-2017-01-12.xml.gz"
REAL_CONFLICTS = {"duplicates": 0, "overlaps": 211, "commentNoComments": 545}
PARTS = 20_000
VARIANTS = 414

MAKES = [
    ("Toyota", ["Camry", "Corolla", "RAV4", "Tacoma", "Highlander"]), ("Honda", ["Civic", "Accord", "CR-V", "Pilot"]),
    ("Ford", ["F-150", "Escape", "Focus", "Explorer", "Mustang"]), ("Chevrolet", ["Silverado 1500", "Malibu", "Equinox"]),
    ("Nissan", ["Altima", "Sentra", "Rogue"]), ("Subaru", ["Outback", "Forester", "Impreza"]),
]
WORDS = (
    "ceramic semi metallic premium heavy duty performance coated slotted drilled vented front rear left right upper lower "
    "brake pad rotor caliper hose drum shoe filter oil air cabin fuel spark plug coil alternator starter battery radiator "
    "thermostat water pump belt tensioner shock strut spring control arm ball joint bearing hub axle clutch gasket seal "
    "sensor switch lamp mirror bumper fender grille wiper blade exhaust muffler catalytic converter manifold injector"
).split()


def write_fitments(path, count):
    """An ACES file: each part fits some ranges of years of a model, or base vehicles by their ids."""
    with open(path, "w") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<ACES version="4.2"><Header><Company>Bench</Company>'
            "<SenderName>Bench</SenderName><SenderPhone>1</SenderPhone><TransferDate>2026-01-01</TransferDate>"
            "<DocumentTitle>Bench</DocumentTitle><EffectiveDate>2026-01-01</EffectiveDate>"
            "<SubmissionType>FULL</SubmissionType><VcdbVersionDate>2026-01-01</VcdbVersionDate>"
            "<QdbVersionDate>2026-01-01</QdbVersionDate><PcdbVersionDate>2026-01-01</PcdbVersionDate></Header>\n")
        for number in range(count):
            note = f"<Note>with package {number % 7}</Note>" if number % 3 == 0 else ""
            engine = f'<EngineBase id="{number % 97 + 1}"/>' if number % 2 else ""
            file.write(
                f'<App action="A" id="{number + 1}"><BaseVehicle id="{(number // PARTS * 613 + number * 7919) % 60_000 + 1}"/>{engine}{note}<Qty>1</Qty>'
                f'<PartType id="{number % 40 + 1000}"/><Position id="{number % 3 + 1}"/>'
                f"<Part>P{number % PARTS:06}</Part></App>\n")
        file.write(f"<Footer><RecordCount>{count}</RecordCount></Footer></ACES>\n")


def write_products(path, count, seed):
    """Products as lines of JSON, with words as texts have them: some are in nearly all, most in few."""
    chance = random.Random(seed)
    with open(path, "w") as file:
        for number in range(count):
            words = [WORDS[min(int(chance.expovariate(0.06)), len(WORDS) - 1)] for _ in range(14)]
            make, models = MAKES[number % len(MAKES)]
            file.write(json.dumps({
                "sku": f"T{number:07}", "name": " ".join(words[:4]).title(),
                "description": " ".join(words) + f" for {make} {models[number % len(models)]} model{number % 5000}",
                "category": words[0], "partType": " ".join(words[:2]), "brandLabel": f"Brand {number % 20}",
                "attributes": {"material": words[1], "weight": f"{number % 90 + 1} kg"}, "certifications": ["DOT"],
                "compatibility": [{"make": make, "model": models[number % len(models)], "yearFrom": 2010, "yearTo": 2020}]
                if number % 10 == 0 else [],
            }) + "\n")


def percentile(seconds, share):
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)] * 1e3


def timed(system, paths):
    seconds = []
    for path in paths:
        start = time.monotonic()
        system.call("GET", path)
        seconds.append(time.monotonic() - start)
    return seconds


def measure(options, programs):
    figures = {}
    with System(programs, ("catalog:read", "catalog:write")) as system, tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if REAL_FILE.exists():
            real = folder / "real.xml"
            real.write_bytes(gzip.decompress(REAL_FILE.read_bytes()))
            seconds, found = system.import_file(
                "/v1/catalog-imports", real, {"format": "aces", "createProducts": True, "document": "real"})
            wrong = {name: found[name] for name, value in REAL_CONFLICTS.items() if found[name] != value}
            if wrong or found["records"] != 6512:
                raise Failure(f"the real file's conflicts are {wrong}, of {found['records']} records")
            figures["real"] = seconds
        else:
            print(f"{REAL_FILE.name} is not there: the real file is left out", file=sys.stderr)
        large = folder / "large.xml"
        write_fitments(large, options.fitments)
        seconds, found = system.import_file(
            "/v1/catalog-imports", large, {"format": "aces", "createProducts": True, "document": "large"})
        figures["fitments"] = options.fitments / seconds
        figures["memory"] = system.peak_mib("catalog")
        large.unlink()
        products = folder / "products.jsonl"
        write_products(products, options.products, options.seed)
        seconds, found = system.import_file("/v1/catalog-imports", products, {"format": "json"})
        figures["products"] = options.products / seconds
        chance = random.Random(options.seed)
        lookups = [
            f"/v1/vehicles/products?baseVehicleId={chance.randrange(1, 60_001)}" for _ in range(options.requests)]
        timed(system, lookups[: options.requests // 10])
        figures["lookup"] = timed(system, lookups)
        searches = []
        for _ in range(options.requests):
            words = chance.sample(WORDS, chance.choice([1, 2, 2, 3]))
            searches.append("/v1/products?" + urllib.parse.urlencode({"text": " ".join(words), "pageSize": 20}))
        timed(system, searches[: options.requests // 10])
        figures["search"] = timed(system, searches)
        for number in range(VARIANTS):
            system.call("POST", "/v1/products", {
                "sku": f"V{number:04}", "name": "Floor Mat", "variantGroup": "MAT", "variantOptions": {"size": f"{number}"}})
        figures["variant"] = []
        for number in range(VARIANTS):
            start = time.monotonic()
            system.call("POST", "/v1/products", {
                "sku": f"V{number:04}", "name": "Floor Mat, new", "variantGroup": "MAT",
                "variantOptions": {"size": f"{number}"}})
            figures["variant"].append(time.monotonic() - start)
    return figures


def report(figures, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.fitments:,} applications, {options.products:,} products, "
          f"{options.requests:,} requests of a kind, one after the other, seed {options.seed}\n")
    rows = [
        ("a generated file, applications/s", figures["fitments"], 40_000, True),
        ("the service's memory, MiB", figures["memory"], 300, False),
        ("vehicle look-up, p99, ms", percentile(figures["lookup"], 0.99), 5, False),
        ("text search, p99, ms", percentile(figures["search"], 0.99), 30, False),
        (f"saving one of {VARIANTS} variants, the slowest, ms", max(figures["variant"]) * 1e3, 50, False),
    ]
    if "real" in figures:
        rows.insert(0, ("the real file of 6,512 applications, s", figures["real"], 2, False))
    verdicts, missed = [], False
    lines = [("ours", "products/s", "rate", figures["products"], "1")]
    for what, measured, bound, at_least in rows:
        is_ok = measured >= bound if at_least else measured < bound
        missed = missed or not is_ok
        verdicts.append([what, "ok" if is_ok else "missed", f"{'>=' if at_least else '<'} {bound:,}", f"{measured:,.2f}"])
        lines.append(("ours", what, "target", measured, "1"))
    print_table(["must reach", "verdict", "target", "measured"], verdicts)
    print(f"\nProducts imported from JSON: {figures['products']:,.0f}/s. Medians: look-up "
          f"{percentile(figures['lookup'], 0.5):.2f} ms, search {percentile(figures['search'], 0.5):.2f} ms, "
          f"a variant {statistics.median(figures['variant']) * 1e3:.2f} ms.")
    write_results("catalog", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fitments", type=int, default=2_000_000, help="applications of the generated file (2000000)")
    parser.add_argument("--products", type=int, default=200_000, help="products that are searched (200000)")
    parser.add_argument("--requests", type=int, default=3_000, help="requests of a kind (3000)")
    parser.add_argument("--seed", type=int, default=1, help="of the generated texts and the questions (1)")
    parser.add_argument("--quick", action="store_true", help="100,000 applications, 20,000 products, 500 requests")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    if options.quick:
        options.fitments, options.products, options.requests = 100_000, 20_000, 500
    if min(options.fitments, options.products, options.requests) < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    programs = options.programs or build_system()
    # Ends like an interruption does, so that the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(measure(options, programs), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_catalog: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
