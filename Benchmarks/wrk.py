"""wrk as a benchmark's generator, on the generator's core, and what a process costs meanwhile."""

import os
import re
import subprocess
from pathlib import Path

from harness import LOAD_CORE, Failure, on_cores

RUN_SPARE_SECONDS = 30


def processor_seconds(pid):
    """The processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_wrk(port, seconds, connections, script=None, arguments=()):
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    if script:
        command += ["--script", str(script)]
    command.append(f"http://127.0.0.1:{port}/")
    if arguments:
        command += ["--", *map(str, arguments)]
    try:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=on_cores(LOAD_CORE))
    except OSError as error:
        raise Failure(f"wrk: {error.strerror}") from error


def finish_wrk(process, seconds):
    """Requests that wrk counted, and its rate; fails where one was not answered, or answered with an error."""
    try:
        output, errors = process.communicate(timeout=seconds + RUN_SPARE_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise Failure("wrk did not end") from error
    count = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if process.returncode != 0 or not count or not rate:
        raise Failure(f"wrk failed: {errors.strip()}")
    if "Socket errors" in output or "Non-2xx" in output:
        raise Failure(f"answers failed: {output.strip()}")
    return int(count.group(1)), float(rate.group(1))


def load(port, seconds, connections, script=None, arguments=()):
    """A whole run; as :func:`finish_wrk`."""
    return finish_wrk(start_wrk(port, seconds, connections, script, arguments), seconds)
