"""The vocabulary of the tests: a real database, a real server, and people who use it."""
