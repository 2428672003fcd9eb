/// Numbered SQL, applied in order under a lock.
