"""What inventory is compared with: redis-benchmark, and pgbench with one stock change in three statements or in one."""

import re
import subprocess
import tempfile
from pathlib import Path

from harness import Failure, on_cores

KEYS = 200_000
VALUE_BYTES = 96
SPARE_SECONDS = 60
PEER_DATABASE = "peer"
# One row for each SKU and location of the service's own.
PEER_ROWS = 600_000
PEER_CLIENTS = 64

TABLES = [
    """create table stock (id bigint primary key, on_hand bigint not null, version bigint not null) with (fillfactor = 70)""",
    """create table movement (id bigint generated always as identity primary key, stock_id bigint not null,
        quantity bigint not null, reason text not null, command_id text not null,
        occurred_at timestamptz not null default now())""",
    """create table outbox (id bigint generated always as identity primary key, type text not null, payload text not null)""",
    f"insert into stock select id, 100000, 1 from generate_series(1, {PEER_ROWS}) id",
    "vacuum analyze stock",
    # As the service has it: else the server counts the peer's rows while the service is measured.
    *(
        f"alter table {table} " + ", ".join(f"alter {column} set statistics 10" for column in columns)
        for table, columns in {
            "stock": ["id", "on_hand", "version"],
            "movement": ["id", "stock_id", "quantity", "reason", "command_id", "occurred_at"],
            "outbox": ["id", "type", "payload"],
        }.items()
    ),
]
PICK = f"\\set id random(1, {PEER_ROWS})\n\\set command random(1, 9000000000000000)\n"
CHANGE = "update stock set on_hand = on_hand + 1, version = version + 1 where id = :id"
SCRIPTS = {
    "three": PICK + f"""begin;
{CHANGE};
insert into movement (stock_id, quantity, reason, command_id) values (:id, 1, 'correction', 'command-' || :command);
insert into outbox (type, payload) values ('stock.changed', 'SKU-' || :id);
commit;
""",
    "one": PICK + f"""with changed as ({CHANGE} returning id), moved as (
    insert into movement (stock_id, quantity, reason, command_id)
    select id, 1, 'correction', 'command-' || :command from changed)
insert into outbox (type, payload) select 'stock.changed', 'SKU-' || id from changed;
""",
}


def redis_benchmark(redis, depth, requests, core, test="get"):
    """Commands a second, of random keys."""
    command = [
        "redis-benchmark", "-h", "127.0.0.1", "-p", str(redis.port), "-t", test, "-r", str(KEYS), "-d",
        str(VALUE_BYTES), "-P", str(depth), "-c", "8", "-n", str(requests), "--csv",
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SPARE_SECONDS, preexec_fn=on_cores(core))
    except subprocess.TimeoutExpired as error:
        raise Failure("redis-benchmark did not end") from error
    for line in done.stdout.splitlines():
        words = [word.strip('"') for word in line.split(",")]
        if words[0] == test.upper():
            return float(words[1])
    raise Failure("redis-benchmark told no rate: " + done.stderr.strip())


class Pgbench:
    """The peer's tables and scripts, in a database of their own on the same server."""

    def __init__(self, database):
        self.database = database
        database.sql(f"create database {PEER_DATABASE}")
        database.sql(*TABLES, database=PEER_DATABASE)

    def rate(self, script, seconds):
        """Changes a second by 64 clients; each is committed."""
        with tempfile.NamedTemporaryFile("w", prefix="bench-script-", suffix=".sql") as file:
            file.write(SCRIPTS[script])
            file.flush()
            Path(file.name).chmod(0o644)
            output = self.database.run(
                "pgbench", "-n", "-M", "prepared", "-c", PEER_CLIENTS, "-j", 1, "-T", max(1, round(seconds)), "-f",
                file.name, self.database.url_of(PEER_DATABASE))
        found = re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE)
        if not found:
            raise Failure("pgbench told no rate")
        return float(found.group(1))
