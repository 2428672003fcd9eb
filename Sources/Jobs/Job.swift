/// Work that outlives a call: state, progress and result, kept in the owning service's database.
