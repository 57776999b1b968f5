"""The audit: people send while things break, and then every promise is checked against the database.

`witness` records what each client did and saw, `checker` compares that with the room, `clients` send and
listen as a correct client does, `stage` holds the servers and the database, `faults` break them, and
`play` puts on a whole performance. `python -m tests.faults.audit` is `make soak`.
"""
