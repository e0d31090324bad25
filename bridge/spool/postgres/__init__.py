"""The store that many nodes share: a PostgreSQL database.

The verbs are the same functions as on SQLite.  Each runs as a greenlet in the event loop, and
where it executes a statement the loop goes on until the answer is there.
"""
