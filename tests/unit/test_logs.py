"""Proves that the log tells what went wrong, and never what somebody said."""

import json
import subprocess
import sys

CRASH = """
from hubbub.logs import configure_logs
import structlog

def crash(body):
    raise ValueError("it broke")

configure_logs()
try:
    crash("what " + "Ana said")
except ValueError:
    structlog.get_logger().exception("task crashed", task="writer")
"""


def test_log_of_a_crash_is_one_line_without_the_values_of_variables() -> None:
    ended = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=True)
    (line,) = ended.stderr.splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["task"], logged["level"]) == ("task crashed", "writer", "error")
    assert "it broke" in line
    assert "Ana said" not in line
