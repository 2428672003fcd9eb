/// What tests stand on: servers of their own, databases in milliseconds, clocks, faults.
