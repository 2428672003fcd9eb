#!/usr/bin/env python3
"""Orders under load while the processes of the system are killed: what was acknowledged is there, once, and stock is right.

Callers place orders by REST at a rate, also while nothing is answered, and repeat what was not answered, with the same key; some
orders ship or are cancelled. A random service is killed again and again, and the supervisor starts it anew. What was acknowledged
is kept outside the system, in a journal, and compared with it at the end. Before that, many callers at once place an order under one
key, round after round: one order each."""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from harness import Failure
from system import System, build_system

SCOPES = ("inventory:admin", "inventory:read", "inventory:write", "order:read", "order:write", "pricing:read", "pricing:redeem",
          "pricing:write")
NEW = {"If-None-Match": "*"}
SKUS = 60
# The first of them have so many units, fewer than are asked for; the others more than enough.
SCARCE, SCARCE_UNITS, UNITS = 10, 100, 10_000_000
LOCATIONS = ("WHS1", "WHS2")
CALLERS = 96
# At once under one key.
SHARERS = 64
COUPON_USES = 200
REQUEST_SECONDS = 15
PAUSE_SECONDS = 0.2
ANSWER_SECONDS_MAXIMUM = 120
# Until everything that was under way must be decided.
FINAL_SECONDS = 60
VICTIMS = ("identity", "inventory", "catalog", "pricing", "order", "channel", "gateway")


class Caller(threading.Thread):
    """Places orders one behind the other, each until it is answered."""

    def __init__(self, soak, number):
        super().__init__(daemon=True)
        self.soak, self.number, self.chance = soak, number, random.Random(f"{soak.seed}-{number}")
        self.connection = None

    def run(self):
        count, first = 0, time.monotonic() + self.soak.interval * self.chance.random()
        while not self.soak.is_over.is_set():
            # An order is due at its time, whatever became of those before it.
            time.sleep(max(0.0, first + count * self.soak.interval - time.monotonic()))
            try:
                self.place(f"S-{self.number}-{count}")
            except Failure as failure:
                self.soak.fail(str(failure))
                return
            count += 1

    def place(self, name):
        items = Counter()
        for _ in range(self.chance.randint(1, 3)):
            items[self.chance.randrange(SKUS)] += self.chance.randint(1, 2)
        order = {"orderId": name, "items": [{"sku": sku_of(sku), "quantity": units} for sku, units in items.items()],
                 "onShortfall": self.chance.choice(["hold", "refuse"])}
        if self.chance.random() < 0.1:
            order["coupons"] = ["SOAK"]
        status, answer = self.until_answered("POST", "/v1/orders", order, name)
        self.soak.acknowledged(name, status, answer)
        if status not in (200, 201) or answer["status"] != "confirmed":
            return
        fate = self.chance.random()
        if fate < 0.2:
            self.until_answered("POST", f"/v1/orders/{answer['id']}/shipments", {"carrier": "UPS"}, f"{name}-ship")
            self.soak.journal(name, "shipped")
        elif fate < 0.3:
            self.until_answered("POST", f"/v1/orders/{answer['id']}/cancel", {"reason": "buyer"}, f"{name}-cancel")
            self.soak.journal(name, "cancelled")

    def until_answered(self, method, path, body, key):
        """The first answer that is no sign of a process that is gone."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAXIMUM
        while time.monotonic() < deadline:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.soak.base, timeout=REQUEST_SECONDS)
                headers = self.soak.headers | {"Content-Type": "application/json", "Idempotency-Key": key}
                self.connection.request(method, path, body=json.dumps(body).encode(), headers=headers)
                response = self.connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                if response.status < 500 and response.status not in (408, 429, 401):
                    return response.status, answer
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
            self.soak.repeats.update(["repeat"])
            time.sleep(PAUSE_SECONDS * (0.5 + self.chance.random()))
        raise Failure(f"{method} {path} with {key} was not answered within {ANSWER_SECONDS_MAXIMUM} s")


class Soak:
    def __init__(self, options, system, journal):
        self.seed, self.system, self.file = options.seed, system, open(journal, "w")
        self.base, self.headers = system.base, system.headers
        self.interval = CALLERS * 60 / options.orders_a_minute
        self.is_over, self.lock = threading.Event(), threading.Lock()
        self.answers, self.fates, self.repeats, self.kills = {}, {}, Counter(), Counter()
        self.failures = []

    def fail(self, text):
        with self.lock:
            self.failures.append(text)

    def acknowledged(self, name, status, answer):
        with self.lock:
            self.answers[name] = (status, answer)
            self.file.write(json.dumps({"order": name, "status": status, "id": answer.get("id"), "is": answer.get("status")}) + "\n")

    def journal(self, name, fate):
        with self.lock:
            self.fates[name] = fate
            self.file.write(json.dumps({"order": name, "fate": fate}) + "\n")

    def kill(self, chance):
        victim = chance.choice(VICTIMS)
        try:
            os.kill(self.system.pid(victim), signal.SIGKILL)
            self.kills[victim] += 1
        except (Failure, ProcessLookupError, OSError, ValueError):
            # It has not been started again yet.
            pass


def sku_of(number):
    return f"SKU-{number:04}"


def prepare(system):
    for place, location in enumerate(LOCATIONS):
        system.call("PUT", f"/v1/locations/{location}", {"name": location, "active": True, "priority": place}, **NEW)
    for number in range(SKUS):
        units = SCARCE_UNITS // len(LOCATIONS) if number < SCARCE else UNITS
        document = {"sku": sku_of(number), "warehouses": [{"locationId": one, "stockAvailable": units} for one in LOCATIONS]}
        system.call("POST", "/v1/inventory/update", document, **{"Idempotency-Key": f"stock-{number}"})
    system.call("PUT", "/v1/price-lists/retail", {"type": "selling", "currency": "USD"}, **NEW)
    prices = [{"sku": sku_of(number), "amount": "19.99"} for number in range(SKUS)]
    system.call("POST", "/v1/price-lists/retail/prices", {"prices": prices}, **{"Idempotency-Key": "prices"})
    rule = {"needsCoupon": True, "percentOff": {"percent": "10"}, "limits": {"uses": COUPON_USES}}
    system.call("PUT", "/v1/price-rules/soak", rule, **NEW)
    system.call("PUT", "/v1/coupons/SOAK", {"ruleId": "soak"}, **NEW)


def retrying(system, *arguments):
    """A call behind the kills, when processes still start."""
    for _ in range(100):
        try:
            return system.call(*arguments)
        except (OSError, http.client.HTTPException):
            system.connection.close()
        except Failure as failure:
            if ": 5" not in str(failure):
                raise
        time.sleep(0.3)
    raise Failure(f"{arguments} is not answered")


class Sharer(threading.Thread):
    """One of those that place the same order at the same time."""

    def __init__(self, system, rounds, barrier):
        super().__init__(daemon=True)
        self.system, self.rounds, self.barrier = system, rounds, barrier
        self.answers, self.failure = [], None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.system.base, timeout=REQUEST_SECONDS)
        body = json.dumps({"items": [{"sku": sku_of(SKUS - 1), "quantity": 1}]}).encode()
        try:
            for count in range(self.rounds):
                headers = self.system.headers | {"Content-Type": "application/json", "Idempotency-Key": f"one-key-{count}"}
                self.barrier.wait(ANSWER_SECONDS_MAXIMUM)
                while True:
                    connection.request("POST", "/v1/orders", body=body, headers=headers)
                    answer = connection.getresponse()
                    content = json.loads(answer.read() or b"{}")
                    if answer.status not in (409, 503):
                        break
                self.answers.append((answer.status, content.get("id")))
        except (OSError, http.client.HTTPException, json.JSONDecodeError, threading.BrokenBarrierError) as error:
            self.failure = f"a caller of one key: {error!r}"
            self.barrier.abort()


def share_keys(system, rounds):
    """Rounds of callers with one key; what is wrong, as sentences."""
    barrier = threading.Barrier(SHARERS)
    sharers = [Sharer(system, rounds, barrier) for _ in range(SHARERS)]
    for sharer in sharers:
        sharer.start()
    for sharer in sharers:
        sharer.join()
    wrong = [sharer.failure for sharer in sharers if sharer.failure]
    for count in range(0 if wrong else rounds):
        answers = [sharer.answers[count] for sharer in sharers]
        statuses, ids = Counter(status for status, _ in answers), {number for _, number in answers}
        if len(ids) != 1 or statuses != {201: 1, 200: SHARERS - 1}:
            wrong.append(f"round {count} of one key: {dict(statuses)}, {len(ids)} orders")
    reserved = sum(int(one["reserved"]) for one in system.call("GET", f"/v1/inventory/{sku_of(SKUS - 1)}")["warehouses"])
    if reserved != rounds:
        wrong.append(f"{rounds} rounds of one key reserved {reserved} units")
    return wrong


def all_orders(system):
    orders, token = [], ""
    while True:
        page = retrying(system, "GET", f"/v1/orders?pageSize=200&pageToken={token}")
        orders += page["orders"]
        token = page.get("nextPageToken", "")
        if not token:
            return orders


def is_undecided(order):
    return order["status"] == "pending" and not order.get("shortfall")


def check(soak, system):
    """What is wrong, as sentences; and what was found."""
    wrong = list(soak.failures)
    deadline = time.monotonic() + FINAL_SECONDS
    while True:
        orders = all_orders(system)
        undecided = [order["orderId"] for order in orders if is_undecided(order)]
        if not undecided or time.monotonic() > deadline:
            break
        time.sleep(1)
    if undecided:
        wrong.append(f"{len(undecided)} orders are undecided after {FINAL_SECONDS} s, such as {undecided[:3]}")
    # What other services were asked to do is done within the same time.
    time.sleep(5)
    orders = all_orders(system)
    by_name = Counter(order["orderId"] for order in orders)
    wrong += [f"{name} is there {count} times" for name, count in by_name.items() if count > 1]
    found = {order["orderId"]: order for order in orders}
    for name, (status, answer) in soak.answers.items():
        if status in (200, 201):
            order = found.get(name)
            if order is None or order["id"] != answer["id"]:
                wrong.append(f"{name} was acknowledged as {answer['id']}, and is {order and order['id']}")
            elif answer["status"] == "confirmed" and soak.fates.get(name) is None and order["status"] != "confirmed":
                wrong.append(f"{name} was confirmed, and is {order['status']}")
            elif soak.fates.get(name) == "shipped" and order["status"] != "shipped":
                wrong.append(f"{name} was shipped, and is {order['status']}")
            elif soak.fates.get(name) == "cancelled" and order["status"] != "cancelled":
                wrong.append(f"{name} was cancelled, and is {order['status']}")
        elif status != 409:
            wrong.append(f"{name} was answered {status}: {answer}")
    wrong += check_stock(system, orders)
    redeemed = int(retrying(system, "GET", "/v1/price-rules/soak").get("usesRedeemed", 0))
    using = sum(1 for order in orders if order.get("redemptionId") and order["status"] not in ("cancelled", "pending"))
    shipped_or_cancelled = sum(1 for order in orders if order.get("redemptionId") and order["status"] == "cancelled")
    if not using <= redeemed <= min(COUPON_USES, using + shipped_or_cancelled):
        wrong.append(f"the coupon was redeemed {redeemed} times, but {using} orders stand that use it")
    return wrong, orders, redeemed


def check_stock(system, orders):
    wrong, held, gone = [], Counter(), Counter()
    for order in orders:
        for item in order["items"]:
            gone[item["sku"]] += int(item.get("shipped", 0))
            if order["status"] == "confirmed":
                held[item["sku"]] += int(item["quantity"]) - int(item.get("cancelled", 0)) - int(item.get("shipped", 0))
    for number in range(SKUS):
        sku = sku_of(number)
        at_first = (SCARCE_UNITS // len(LOCATIONS) if number < SCARCE else UNITS) * len(LOCATIONS)
        stock = retrying(system, "GET", f"/v1/inventory/{sku}")["warehouses"]
        on_hand, reserved = sum(int(one["onHand"]) for one in stock), sum(int(one["reserved"]) for one in stock)
        if reserved != held[sku] or on_hand != at_first - gone[sku]:
            wrong.append(f"{sku}: {reserved} reserved for {held[sku]} ordered, {on_hand} on hand for {at_first} less {gone[sku]}")
        if held[sku] + gone[sku] > at_first:
            wrong.append(f"{sku}: {held[sku] + gone[sku]} units of {at_first} were sold")
    return wrong


def verify(system):
    """`driveline inventory verify` of the system's database."""

    url = f"postgresql:///?host={system.data}/postgres&port={system.base + 1}&user=postgres"
    done = subprocess.run([system.command, "inventory", "verify", "--postgres-url", url], capture_output=True, text=True, timeout=300)
    return [] if done.returncode == 0 else [f"verify: {done.stdout} {done.stderr}"]


def run(options, programs):
    with System(programs, SCOPES, limits=100_000) as system:
        prepare(system)
        began = time.monotonic()
        wrong_of_keys = share_keys(system, options.rounds)
        print(f"{options.rounds} rounds of {SHARERS} callers with one key, {time.monotonic() - began:.0f} s: "
              f"{'one order each' if not wrong_of_keys else 'WRONG'}", flush=True)
        soak, chance = Soak(options, system, options.journal), random.Random(options.seed)
        callers = [Caller(soak, number) for number in range(CALLERS)]
        began = time.monotonic()
        for caller in callers:
            caller.start()
        while time.monotonic() - began < options.seconds and not soak.failures:
            time.sleep(options.every)
            soak.kill(chance)
        soak.is_over.set()
        for caller in callers:
            caller.join(ANSWER_SECONDS_MAXIMUM + 30)
        elapsed = time.monotonic() - began
        wrong, orders, redeemed = check(soak, system)
        wrong += wrong_of_keys + verify(system)
    soak.file.close()
    statuses = Counter("short" if order.get("shortfall") else order["status"] for order in orders)
    placed = sum(1 for status, _ in soak.answers.values() if status in (200, 201))
    print(f"seed {options.seed}: {elapsed:.0f} s, {sum(soak.kills.values())} kills {dict(soak.kills)}, {len(soak.answers)} orders "
          f"answered ({len(soak.answers) * 60 / elapsed:.0f} a minute), {placed} placed, {soak.repeats['repeat']} repeats, "
          f"the rest refused; {dict(statuses)}; {redeemed} uses of the coupon")
    for sentence in wrong[:50]:
        print(f"WRONG: {sentence}")
    return bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long orders are placed (300)")
    parser.add_argument("--every", type=float, default=2, help="seconds between kills (2)")
    parser.add_argument("--orders-a-minute", type=float, default=5_000, help="how many are placed (5000)")
    parser.add_argument("--rounds", type=int, default=1_000, help="rounds of callers with one key (1000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what chance goes by")
    parser.add_argument("--journal", type=Path, default=Path("/dev/null"), help="where what was acknowledged is written")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run(options, options.programs or build_system())


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"soak_orders: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
