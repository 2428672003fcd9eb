/// PostgreSQL and Redis servers that belong to whoever starts them.
