"""The store of one machine: a SQLite file in WAL mode, with one thread that writes it."""
