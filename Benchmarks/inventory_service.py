"""The inventory service as the benchmark runs it: alone, for a caller that shows the service token."""

from service_process import ServiceProcess

TOKEN = "inventory-benchmark"


class InventoryService(ServiceProcess):
    """The service with one event loop on a database and a Redis, from `with` to the end of the block."""

    def __init__(self, executable, database_url, redis, lanes=None, further=None, **options):
        settings = {
            "postgres-url": database_url, "service-token": TOKEN,
            # Only API keys are asked for there, and the benchmark shows none.
            "identity-address": "127.0.0.1:1",
            # There are no kits to be told of.
            "catalog-address": "127.0.0.1:1",
            "redis-url": f"redis://127.0.0.1:{redis.port}", "log-level": "notice",
        } | (further or {})
        super().__init__(executable, settings, ["--lanes", lanes] if lanes else [], **options)
