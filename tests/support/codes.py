"""Reads QR codes as a camera does, from how they were drawn."""

import re
from collections.abc import Iterator

import zxingcpp

Rows = list[list[int]]  # of modules, 1 for a dark one

BLOCKS = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
SCALE = 4  # pixels a module is wide


def read_pixels(pixels: bytes, width: int) -> str:
    """Return what the code in a picture says, given the brightness of each pixel."""
    (found,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (len(pixels) // width, width)))
    text: str = found.text
    return text


def read_blocks(lines: list[str]) -> str:
    """Return what a code in half blocks says."""
    pairs = [[BLOCKS[block] for block in ESCAPE.sub("", line)] for line in lines]
    return _read([[pair[half] for pair in line] for line in pairs for half in (0, 1)])


def blocks_of(lines: Iterator[str]) -> list[str]:
    """Take the lines of a code in half blocks from what is printed: it begins and ends with a light one."""
    drawn = [next(lines)]
    while len(drawn) == 1 or set(ESCAPE.sub("", drawn[-1])) - {"█", "▀"}:
        drawn.append(next(lines))
    return drawn


def read_svg(drawing: str) -> str:
    """Return what a code says that is one stroke."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \1"', drawing)[0])
    rows = [[0] * size for _ in range(size)]
    column, row = 0, 0.0
    for verb, numbers in re.findall(r"([Mmh])([\d. -]+)", re.findall(r'stroke="#000" d="([^"]+)"', drawing)[0]):
        across, *down = (float(number) for number in re.findall(r"-?[\d.]+", numbers))
        if verb == "h":
            rows[int(row)][column : column + int(across)] = [1] * int(across)
        column = int(across) if verb == "M" else column + int(across)
        row = down[0] if verb == "M" else row + sum(down)
    return _read(rows)


def _read(rows: Rows) -> str:
    lines = (bytes(0 if dark else 255 for dark in row for _ in range(SCALE)) * SCALE for row in rows)
    return read_pixels(b"".join(lines), len(rows[0]) * SCALE)
