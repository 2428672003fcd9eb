"""When the kernel begins to write to the disk what files have got: set as docs/operations.md advises for a database's machine."""

import contextlib
from pathlib import Path

BACKGROUND_BYTES = 1 << 20

SETTINGS = {name: Path("/proc/sys/vm") / name for name in ("dirty_background_bytes", "dirty_background_ratio")}


@contextlib.contextmanager
def early_writeback():
    """Gives the bytes from which on the kernel writes in the background while the block runs; None: as the machine has it,
    since it may not be changed."""
    before = {name: setting.read_text().strip() for name, setting in SETTINGS.items()}
    try:
        SETTINGS["dirty_background_bytes"].write_text(str(BACKGROUND_BYTES))
    except OSError:
        yield None
        return
    try:
        yield BACKGROUND_BYTES
    finally:
        # One of the two counts, the other is zero.
        for name, value in before.items():
            if value != "0":
                SETTINGS[name].write_text(value)
