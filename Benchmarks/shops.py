"""Sandbox shops and the connections to them: made, filled, waited for, looked at."""

import http.client
import json
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from harness import Failure

NEW = {"If-None-Match": "*"}
CONTROL_OFFSET = 3
REQUEST_SECONDS = 60
IDLE_SECONDS_MAXIMUM = 20
# Rows of one call.
PIECE = 500
LOOK_SECONDS = 0.25
# The platform's published plan, and one without limits: what a shop tells of its limits is kept to, whether it enforces them or
# not.
PUBLISHED = {"limitsEnabled": True, "limitPoints": 2_000, "limitPointsPerSecond": 100}
UNLIMITED = {"limitsEnabled": False, "limitPoints": 1_000_000, "limitPointsPerSecond": 1_000_000}


class Control:
    """What makes sandbox shops, fills their shelves and buys in them; for one thread."""

    def __init__(self, system):
        self.port = system.base + CONTROL_OFFSET
        self.token = (system.data / "secrets" / "sandbox-control-token").read_text().strip()
        self.connection, self.last_call = None, 0.0

    def ask(self, method, path, body=None, headers=None):
        """One request; its status and its document."""
        # What was idle for longer may have been closed: another one is opened.
        if self.connection is not None and time.monotonic() - self.last_call > IDLE_SECONDS_MAXIMUM:
            self.connection.close()
            self.connection = None
        self.last_call = time.monotonic()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        headers = headers or {"Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        try:
            self.connection.request(method, path, body=data, headers=headers | {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content else {}
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            self.connection.close()
            self.connection = None
            raise

    def call(self, method, path, body=None, headers=None):
        """One request; its document."""
        status, answer = self.ask(method, path, body, headers)
        if status >= 400:
            raise Failure(f"{method} {path}: {status} {answer}")
        return answer

    def create(self, name, skus, platform="shopify"):
        """A shop that has these SKUs and nothing of them."""
        products = [{"sku": sku, "title": f"Part {sku}", "price": "19.99", "quantity": 0} for sku in skus]
        return self.call("POST", "/control/shops", {"name": name, "platform": platform, "products": products})

    def shelf(self, shop):
        """What can be sold, by SKU."""
        found = self.call("GET", f"/control/shops/{shop}/shelf")
        return {sku: entry["available"] for sku, entry in found.items()}

    def available(self, shop, sku):
        return self.call("GET", f"/control/shops/{shop}/shelf/{quote(sku, safe='')}")["available"]

    def changes(self, shop, after):
        """What was changed on a shelf behind a number."""
        return self.call("GET", f"/control/shops/{shop}/changes?after={after}")["changes"]

    def set_faults(self, shop, **faults):
        self.call("PUT", f"/control/shops/{shop}/faults", faults)


def add_products(system, skus, name):
    """Has the catalog know SKUs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"sku": sku, "name": f"Part {sku}"}) + "\n" for sku in skus))
        system.import_file("/v1/catalog-imports", path, {"format": "json"})


def set_stock(system, skus, units, name, locations=("WHS1",)):
    """Has every SKU have so many units at each location."""
    for first in range(0, len(skus), PIECE):
        documents = [
            {"sku": sku, "warehouses": [{"locationId": location, "stockAvailable": units} for location in locations]}
            for sku in skus[first:first + PIECE]]
        found = system.call("POST", "/v1/inventory/update", {"documents": documents}, **{"Idempotency-Key": f"{name}-{first}"})
        refused = [outcome for outcome in found["outcomes"] if "refusal" in outcome]
        if refused:
            raise Failure(f"stock was refused: {refused[0]}")


def connect(system, control, shop, skus, settings=None, **policies):
    """Connects the brand to a shop and lists SKUs on it that catalog and shop have; the connection.

    Arguments: settings beside those that say where the shop is."""
    name = shop["name"]
    document = {"platform": shop["platform"], "name": name} | policies
    address = f"http://127.0.0.1:{control.port}"
    if shop["platform"] == "feed":
        document["settings"] = {
            "url": f"{address}/feeds/{name}", "ordersUrl": f"{address}/feeds/{name}/orders?since={{since}}",
            "resultColumns": "sku=key", "ownSales": "taken",
            "orderColumns": "orderId=order_id,orderDate=created_at,price=unit_price,name=buyer_name,email=buyer_email,"
                            "phone=buyer_phone,region=province,postalCode=zip"}
        document["credentials"] = {"token": shop["token"]}
    elif shop["platform"] == "amazon":
        document["settings"] = {
            "sellerId": shop["sellerId"], "marketplaceId": shop["marketplaceId"], "endpoint": f"{address}/shops/{name}",
            "orderFeeds": "true"}
        document["credentials"] = seller_credentials(shop)
    elif shop["platform"] == "ebay":
        document["settings"] = {
            "marketplace": "EBAY_MOTORS_US", "endpoint": f"{address}/shops/{name}", "alertEmail": "alerts@example.com"}
        document["credentials"] = seller_credentials(shop) | {"verificationToken": "verification-of-" + name.ljust(32, "0")}
    else:
        document["settings"] = {
            "domain": shop["domain"], "endpoint": f"{address}/shops/{name}",
            "points": str(PUBLISHED["limitPoints"]), "pointsPerSecond": str(PUBLISHED["limitPointsPerSecond"])}
        document["credentials"] = {"accessToken": shop["token"], "clientSecret": shop["clientSecret"]}
    document["settings"] |= settings or {}
    connection = system.call("PUT", f"/v1/connections/{name}", document, **NEW)
    if shop["platform"] == "feed":
        list_products(system, name, skus)
    else:
        match(system, name, len(skus))
    return connection


def seller_credentials(shop):
    """What asks for a seller's access tokens."""
    return {"clientId": shop["clientId"], "clientSecret": shop["clientSecret"], "refreshToken": shop["token"]}


def feeds(control, shop):
    """The states of all feeds that a seller has sent, as the platform itself tells them.

    Arguments: the shop as it was created."""
    base = f"/shops/{shop['name']}"
    connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=REQUEST_SECONDS)
    form = {"grant_type": "refresh_token", "refresh_token": shop["token"], "client_id": shop["clientId"],
            "client_secret": shop["clientSecret"]}
    connection.request("POST", f"{base}/auth/o2/token", body=urlencode(form),
                       headers={"Content-Type": "application/x-www-form-urlencoded"})
    headers = {"x-amz-access-token": json.loads(connection.getresponse().read())["access_token"], "user-agent": "soak"}
    query, states = f"feedTypes=JSON_LISTINGS_FEED&pageSize=100&marketplaceIds={shop['marketplaceId']}", []
    while query:
        connection.request("GET", f"{base}/feeds/2021-06-30/feeds?{query}", headers=headers)
        answer = connection.getresponse()
        page = json.loads(answer.read())
        if answer.status != 200:
            raise Failure(f"the feeds of {shop['name']}: {answer.status} {page}")
        states += [feed["processingStatus"] for feed in page["feeds"]]
        query = urlencode({"nextToken": page["nextToken"]}) if page.get("nextToken") else ""
    connection.close()
    return states


def wait_subscribed(system, connection):
    """Waits until a shop sends its notifications."""
    deadline = time.monotonic() + REQUEST_SECONDS
    while True:
        found = system.call("GET", f"/v1/connections/{connection}")["health"]["notifications"]
        if found["status"] == "subscribed":
            return
        if time.monotonic() > deadline:
            raise Failure(f"{connection} does not send its notifications: {found}")
        time.sleep(LOOK_SECONDS)


def list_products(system, connection, skus):
    """Lists SKUs where the platform has no ids for them."""
    for first in range(0, len(skus), PIECE):
        listings = [{"connection": connection, "sku": sku} for sku in skus[first:first + PIECE]]
        found = system.call("POST", "/v1/listings", {"listings": listings})
        refused = [outcome for outcome in found["outcomes"] if outcome.get("problem", "unspecified") != "unspecified"]
        if refused:
            raise Failure(f"a listing was refused: {refused[0]}")


def match(system, connection, count):
    """Has the listings of a connection have the platform's ids."""
    page, matched = "", 0
    while True:
        found = system.call("POST", f"/v1/connections/{connection}/match", {"pageToken": page})
        matched += found["matched"]
        page = found.get("nextPageToken", "")
        if not page:
            break
    if matched != count:
        raise Failure(f"of {count} listings {matched} are on {connection}")


def backlog(system, connection):
    """What waits on a connection, by lane."""
    found = system.call("GET", f"/v1/connections/{connection}/sync")
    return {lane["lane"]: sum(int(lane.get(state, 0)) for state in ("pending", "retrying", "refused"))
            for lane in found.get("lanes", [])}


def wait_in_step(control, wanted, seconds):
    """Waits until every shelf shows what is wanted; for how many seconds.

    Arguments: by shop what is wanted of each SKU, and the most seconds."""
    began, late = time.monotonic(), {}
    for shop, quantities in wanted.items():
        while True:
            shelf = control.shelf(shop)
            late = {sku: (shelf.get(sku), quantity) for sku, quantity in quantities.items() if shelf.get(sku) != quantity}
            if not late:
                break
            if time.monotonic() - began > seconds:
                raise Failure(f"{shop} is out of step with {len(late)} SKUs after {seconds} s, such as {list(late.items())[:3]}")
            time.sleep(LOOK_SECONDS)
    return time.monotonic() - began
