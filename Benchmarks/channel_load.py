"""What the soak of channels does to stock and in shops, with a record of all that was answered."""

import http.client
import json
import random
import threading
import time
from collections import Counter

from harness import Failure
from shops import PIECE, Control

REQUEST_SECONDS = 15
PAUSE_SECONDS = 0.2
ANSWER_SECONDS_MAXIMUM = 120
LOCATIONS = ("WHS1", "WHS2")
# Of purchases: those that the buyer takes back, those that ship, those that the brand cancels.
BUYER_CANCELS, SHIPS, BRAND_CANCELS = 0.1, 0.15, 0.05


class Journal:
    """What was answered: the truth that the system is compared with."""

    def __init__(self, path):
        self.file, self.lock = open(path, "w"), threading.Lock()
        self.on_hand = Counter()
        self.purchases = {}
        self.failures, self.counts = [], Counter()

    def note(self, **entry):
        with self.lock:
            self.file.write(json.dumps(entry) + "\n")

    def fail(self, sentence):
        with self.lock:
            self.failures.append(sentence)

    def count(self, what):
        with self.lock:
            self.counts[what] += 1


class Caller(threading.Thread):
    """Does one thing behind the other at its rate, each until it is answered."""

    def __init__(self, system, journal, name, interval, is_over):
        super().__init__(daemon=True)
        self.system, self.journal, self.label, self.interval, self.is_over = system, journal, name, interval, is_over
        self.chance = random.Random(name)
        self.connection = None

    def run(self):
        count, first = 0, time.monotonic() + self.interval * self.chance.random()
        while not self.is_over.is_set():
            time.sleep(max(0.0, first + count * self.interval - time.monotonic()))
            try:
                self.step(count)
            except Failure as failure:
                self.journal.fail(str(failure))
                return
            count += 1

    def ask(self, method, path, body=None, key=""):
        """The first answer that is no sign of a process that is gone."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAXIMUM
        while time.monotonic() < deadline:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.system.base, timeout=REQUEST_SECONDS)
                headers = self.system.headers | {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
                self.connection.request(method, path, body=None if body is None else json.dumps(body).encode(), headers=headers)
                response = self.connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                if response.status < 500 and response.status not in (401, 408, 429):
                    return response.status, answer
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
            self.journal.count("repeats")
            time.sleep(PAUSE_SECONDS * (0.5 + self.chance.random()))
        raise Failure(f"{method} {path} with {key} was not answered within {ANSWER_SECONDS_MAXIMUM} s")


class StockWriter(Caller):
    """Changes the stock of SKUs that no other writer changes, so that what must be there is known to the unit.

    Of SKUs that are bought it changes stock by differences, which commute with what orders do."""

    def __init__(self, system, journal, name, interval, is_over, bought, unbought):
        super().__init__(system, journal, name, interval, is_over)
        self.bought, self.unbought = bought, unbought
        self.quarantined = Counter()

    def step(self, count):
        key, place = f"{self.label}-{count}", self.chance.choice(LOCATIONS)
        if self.unbought and self.chance.random() < 0.4:
            self.set_stock(key, self.chance.choice(self.unbought), place)
        else:
            sku = self.chance.choice(self.bought or self.unbought)
            self.chance.choice((self.adjust, self.adjust, self.receive, self.transfer, self.quarantine))(key, sku, place)

    def change(self, what, key, sku, body, differences):
        """One command; its differences are noted once it is acknowledged."""
        status, answer = self.ask("POST", f"/v1/inventory/{what}", {"sku": sku} | body, key)
        if status not in (200, 201, 409, 422):
            raise Failure(f"{what} of {sku}: {status} {answer}")
        is_done = status in (200, 201)
        if is_done:
            with self.journal.lock:
                for place, units in differences.items():
                    self.journal.on_hand[sku, place] += units
        self.journal.count(what if is_done else f"refused: {answer.get('type', '').rsplit('/', 1)[-1]}")
        self.journal.note(key=key, what=what, sku=sku, body=body, status=status)
        return is_done

    def set_stock(self, key, sku, place):
        units = self.chance.choice((0, 0, 1, 2, self.chance.randrange(100)))
        difference = {place: units - self.journal.on_hand[sku, place]}
        kind = self.chance.randrange(3)
        if kind == 0:
            self.change("update", key, sku, {"warehouses": [{"locationId": place, "stockAvailable": units}]}, difference)
        elif kind == 1:
            self.change("set", key, sku, {"locationId": place, "onHand": units, "anyVersion": True}, difference)
        else:
            self.change("count", key, sku, {"locationId": place, "counted": units}, difference)

    def adjust(self, key, sku, place):
        units = self.chance.choice((-5, -3, -2, -1, 1, 2, 3, 5))
        self.change("adjust", key, sku, {"locationId": place, "delta": units, "reason": "correction"}, {place: units})

    def receive(self, key, sku, place):
        units = self.chance.randint(1, 4)
        self.change("receive", key, sku, {"locationId": place, "quantity": units}, {place: units})

    def transfer(self, key, sku, place):
        other = LOCATIONS[1 - LOCATIONS.index(place)]
        body = {"fromLocationId": place, "toLocationId": other, "quantity": self.chance.randint(1, 3)}
        if self.change("transfer", key, sku, body, {place: -body["quantity"]}):
            self.change("receive-transfer", f"{key}-in", sku, {"locationId": other, "quantity": body["quantity"]},
                        {other: body["quantity"]})

    def quarantine(self, key, sku, place):
        held = self.quarantined[sku, place]
        if held and self.chance.random() < 0.5:
            if self.change("release-quarantine", key, sku, {"locationId": place, "quantity": held}, {place: held}):
                self.quarantined[sku, place] = 0
        elif self.change("quarantine", key, sku, {"locationId": place, "quantity": 2}, {place: -2}):
            self.quarantined[sku, place] += 2


class StockTaker(Caller):
    """Counts all that it is given at one location, again and again; some of it is gone."""

    PLACE, GONE = LOCATIONS[0], 0.02

    def __init__(self, system, journal, name, interval, is_over, skus):
        super().__init__(system, journal, name, interval, is_over)
        self.skus = skus

    def step(self, count):
        units = {sku: 0 if self.chance.random() < self.GONE else self.chance.randrange(1, 1_000) for sku in self.skus}
        for first in range(0, len(self.skus), PIECE):
            self.count_piece(f"{self.label}-{count}-{first}", self.skus[first:first + PIECE], units)

    def count_piece(self, key, skus, units):
        documents = [{"sku": sku, "warehouses": [{"locationId": self.PLACE, "stockAvailable": units[sku]}]} for sku in skus]
        status, answer = self.ask("POST", "/v1/inventory/update", {"documents": documents}, key)
        refused = [outcome for outcome in answer.get("outcomes", []) if "refusal" in outcome]
        if status != 200 or refused:
            raise Failure(f"a count is refused: {status} {refused[:1] or answer}")
        with self.journal.lock:
            self.journal.on_hand.update({(sku, self.PLACE): units[sku] - self.journal.on_hand[sku, self.PLACE] for sku in skus})
        self.journal.count("counts")
        self.journal.note(key=key, counted={sku: units[sku] for sku in skus})


class Buyer(Caller):
    """Buys in shops; some take back what they bought."""

    def __init__(self, system, journal, name, interval, is_over, shops, skus, listed):
        super().__init__(system, journal, name, interval, is_over)
        self.shops, self.skus, self.listed, self.control = shops, skus, listed, Control(system)

    def step(self, count):
        shop, buyer = self.chance.choice(self.shops), f"{self.label}n{count}"
        offered = [sku for sku in self.listed(shop) if sku in self.skus]
        chosen = self.chance.sample(offered, self.chance.choice((1, 1, 2)))
        lines = [{"sku": sku, "quantity": self.chance.randint(1, 3)} for sku in chosen]
        bought = self.buy(shop, buyer, lines)
        if bought is None:
            return self.journal.count("sold out")
        order, number = bought["platformId"], bought["id"].rsplit("/", 1)[-1]
        fate = "stays"
        if self.chance.random() < BUYER_CANCELS:
            time.sleep(self.chance.random())
            self.control_until_answered("POST", f"/control/shops/{shop}/orders/{number}/cancel", {})
            fate = "taken back"
        with self.journal.lock:
            self.journal.purchases[shop, order] = {"lines": lines, "fate": fate, "number": number}
        self.journal.count("purchases")
        self.journal.note(purchase=order, shop=shop, lines=lines, fate=fate)

    def buy(self, shop, buyer, lines):
        """The order as the shop has it; `None` where something is sold out."""
        body = {"lines": lines, "buyer": {"firstName": buyer, "lastName": "Buyer"}}
        is_asked_again = False
        while True:
            if is_asked_again:
                # The shop may have sold it, and died before it said so.
                known = self.control_until_answered("GET", f"/control/shops/{shop}/orders")[1]["orders"]
                found = [order for order in known if order["buyer"].split()[0] == buyer]
                if found:
                    return found[0]
            try:
                status, answer = self.control.ask("POST", f"/control/shops/{shop}/orders", body)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                is_asked_again = True
                continue
            if status == 409:
                return None
            if status != 201:
                raise Failure(f"a purchase in {shop}: {status} {answer}")
            return answer

    def control_until_answered(self, method, path, body=None):
        deadline = time.monotonic() + ANSWER_SECONDS_MAXIMUM
        while time.monotonic() < deadline:
            try:
                status, answer = self.control.ask(method, path, body)
                if status < 500:
                    return status, answer
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                pass
            time.sleep(PAUSE_SECONDS)
        raise Failure(f"{method} {path} was not answered within {ANSWER_SECONDS_MAXIMUM} s")


class Clerk(Caller):
    """Ships orders of shops, and cancels some, each once it is here."""

    def __init__(self, system, journal, name, interval, is_over):
        super().__init__(system, journal, name, interval, is_over)
        self.seen = set()

    def step(self, count):
        with self.journal.lock:
            open_ones = [key for key, purchase in self.journal.purchases.items()
                         if purchase["fate"] == "stays" and key not in self.seen]
        if not open_ones:
            return
        # Not the first one: it may be the one that does not come.
        key = self.chance.choice(open_ones)
        shop, order = key
        status, found = self.ask("GET", f"/v1/orders/{order}?connection={shop}")
        if status == 404 or found["status"] == "pending":
            # Those that wait for stock are left to wait.
            if status != 404 and found.get("shortfall"):
                self.seen.add(key)
            return
        self.seen.add(key)
        fate = self.chance.random()
        if found["status"] != "confirmed" or fate > SHIPS + BRAND_CANCELS:
            return
        if fate < SHIPS:
            status, answer = self.ask("POST", f"/v1/orders/{found['id']}/shipments", 
                                      {"carrier": "UPS", "tracking": f"1Z{self.journal.purchases[key]['number']}"},
                                      f"{shop}-{order}-ship")
            fate = "shipped"
        else:
            status, answer = self.ask("POST", f"/v1/orders/{found['id']}/cancel", {"reason": "seller"}, f"{shop}-{order}-cancel")
            fate = "cancelled"
        if status not in (200, 201):
            raise Failure(f"{order} of {shop} cannot be {fate}: {status} {answer}")
        with self.journal.lock:
            self.journal.purchases[key]["fate"] = fate
        self.journal.count(fate)
        self.journal.note(order=order, shop=shop, fate=fate)


class Mischief(Caller):
    """Has shops fail in one way or another, for a while each."""

    KINDS = (
        {}, {}, {"throttled": True}, {"error500Rate": 0.3}, {"error500Rate": 0.2, "error500UsesUpKeys": True},
        {"answerLostRate": 0.2}, {"answerDelayMilliseconds": 1_500, "answerDelayRate": 0.3},
        {"answerDelayMilliseconds": 1_500, "answerDelayRate": 0.3, "delaysBeforeActing": True},
        {"notificationDelayMilliseconds": 3_000}, {"notificationDuplicateRate": 0.5}, {"notificationDropRate": 0.5},
        {"notificationReorderMilliseconds": 4_000})

    def __init__(self, system, journal, name, interval, is_over, shops, always=None):
        super().__init__(system, journal, name, interval, is_over)
        self.shops, self.always, self.control = shops, always or {}, Control(system)

    def step(self, count):
        faults = self.always | self.chance.choice(self.KINDS)
        shop = self.chance.choice(self.shops)
        try:
            self.control.ask("PUT", f"/control/shops/{shop}/faults", faults | {"seed": count + 1})
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return
        self.journal.count("faults")
        self.journal.note(shop=shop, faults=faults)


class FeedMischief(Mischief):
    """The same of feeds."""

    KINDS = ({}, {"feedEnd": "FATAL"}, {"feedEnd": "CANCELLED"}, {"feedEnd": "STUCK_IN_QUEUE"}, {"feedEnd": "STUCK_IN_PROGRESS"},
             {"missingReportInterval": 3}, {"refusedRowInterval": 7}, {"reportCompression": "UNANNOUNCED"}, {"error500Rate": 0.3},
             {"answerLostRate": 0.2})
