"""What every benchmark of the project needs: pinned servers, the load generator, tables, and the results file."""

import json
import os
import platform
import resource
import select
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
PEERS = BENCHMARKS / ".build" / "peers"
RESULTS = BENCHMARKS / "results.jsonl"

SERVER_CORE = 0
LOAD_CORE = 1
START_SECONDS_MAXIMUM = 20
STOP_SECONDS_MAXIMUM = 10
# On top of a run's own length: opening connections, the warm-up's rounding, waiting for the last answers.
LOAD_SPARE_SECONDS = 60
OPEN_FILES = 20_000
SIGNAL_SECONDS_MAXIMUM = 5


class Failure(Exception):
    """Something that ends the benchmark, told without a trace."""


def on_cores(*cores):
    """A function for a child process: stay on these cores, and be allowed many connections."""

    def prepare():
        os.sched_setaffinity(0, cores)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        allowed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))

    return prepare


def stop(process):
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAXIMUM)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Server:
    """A server on its core, from `with` to the end of the block."""

    def __init__(self, command, count_allocations=False):
        self.command = [str(word) for word in command]
        self.counts = None
        self.environment = dict(os.environ)
        if count_allocations:
            self.counts = tempfile.NamedTemporaryFile(prefix="allocations-")
            self.environment["LD_PRELOAD"] = str(PEERS / "malloc-count.so")
            self.environment["MALLOC_COUNT_FILE"] = self.counts.name

    def __enter__(self):
        try:
            self.process = subprocess.Popen(
                self.command, stdout=subprocess.PIPE, env=self.environment, preexec_fn=on_cores(SERVER_CORE)
            )
        except OSError as error:
            raise Failure(f"{self.command[0]}: {error.strerror}") from error
        try:
            self.port = self._wait_for_port()
        except BaseException:
            stop(self.process)
            raise
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.process.stdout.close()
        if self.counts:
            self.counts.close()

    def _wait_for_port(self):
        """Reads standard output up to the line `listening on PORT`, past whatever a server says before."""
        text, end = b"", time.monotonic() + START_SECONDS_MAXIMUM
        while time.monotonic() < end:
            if not select.select([self.process.stdout], [], [], 0.1)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 4096)
            text += piece
            for line in text.splitlines(keepends=True):
                if line.startswith(b"listening on ") and line.endswith(b"\n"):
                    return int(line.split()[2])
            if not piece:
                break
        raise Failure(f"{self.command[0]} did not say where it listens")

    @property
    def pid(self):
        return self.process.pid

    def resident_mib(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise Failure(f"{self.command[0]} has ended")

    def allocations(self):
        """The heap allocations of the server so far; asks by a signal, and waits until the answer is a new one."""
        before = self._counts()[0]
        self.process.send_signal(signal.SIGUSR2)
        end = time.monotonic() + SIGNAL_SECONDS_MAXIMUM
        while time.monotonic() < end:
            number, total = self._counts()
            if number > before:
                return total
            time.sleep(0.01)
        raise Failure(f"{self.command[0]} did not tell its allocations")

    def _counts(self):
        words = Path(self.counts.name).read_text().split()
        return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)


def load_command(server, **options):
    words = [str(PEERS / "load"), "--port", str(server.port), "--server-pid", str(server.pid)]
    for name, value in options.items():
        if value is False or value is None:
            continue
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    return words


def start_load(server, **options):
    return subprocess.Popen(
        load_command(server, **options), stdout=subprocess.PIPE, text=True, preexec_fn=on_cores(LOAD_CORE)
    )


def run_load(server, **options):
    """Runs the load generator and returns its result. Errors are in the result; standard error explains them."""
    process = start_load(server, json=True, **options)
    try:
        seconds = options.get("duration", 0) + options.get("warmup", 0) + LOAD_SPARE_SECONDS
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired as error:
        raise Failure("the load generator did not end") from error
    finally:
        stop(process)
    if not output.startswith("{"):
        raise Failure("the load generator gave no result")
    return json.loads(output)


def measure_stalls(seconds):
    """What the machine takes from a program on each of the two cores: (share of time, gaps/s, longest gap in us)."""
    processes = [
        subprocess.Popen([PEERS / "stalls", str(seconds)], stdout=subprocess.PIPE, text=True, preexec_fn=on_cores(core))
        for core in (SERVER_CORE, LOAD_CORE)
    ]
    return [tuple(map(float, process.communicate()[0].split())) for process in processes]


def median(results):
    """The median of each figure of several runs; errors are added up."""
    merged = {name: statistics.median(result[name] for result in results) for name in results[0]}
    merged["errors"] = sum(result["errors"] for result in results)
    return merged


def print_table(header, rows):
    """Columns as wide as their content; the first two to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        left = [text.ljust(width) for text, width in zip(row[:2], widths[:2])]
        right = [text.rjust(width) for text, width in zip(row[2:], widths[2:])]
        print("| " + " | ".join(left + right) + " |")


def write_results(bench, rows):
    """Puts rows (subject, setting, metric, value, unit) in the place of what that benchmark wrote before."""
    kept = []
    if RESULTS.exists():
        kept = [line for line in RESULTS.read_text().splitlines() if json.loads(line)["bench"] != bench]
    for subject, setting, metric, value, unit in rows:
        row = {"bench": bench, "subject": subject, "setting": setting, "metric": metric, "value": value, "unit": unit}
        kept.append(json.dumps(row))
    RESULTS.write_text("".join(line + "\n" for line in kept))


def first_line(command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return output.splitlines()[0] if output else "unknown"


def describe_machine():
    """Lines that say what a result was measured on."""
    information = Path("/proc/cpuinfo").read_text()
    models = [line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")]
    libraries = ", ".join(
        f"{name} {first_line(['pkg-config', '--modversion', name])}" for name in ("grpc++", "libprotobuf-c", "openssl")
    )
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    return [
        f"{os.cpu_count()} cores, {models[0] if models else platform.machine()}; {system}, Linux {platform.release()}",
        f"{first_line(['swift', '--version'])}; {first_line(['gcc', '--version'])}; {libraries}",
    ]
