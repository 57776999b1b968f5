"""The bus: the doorbell between processes. It never carries the truth."""
