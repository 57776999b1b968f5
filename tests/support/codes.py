"""Reads QR codes back from how they were drawn, and says what they should be."""

import re

import segno

Rows = list[list[int]]

BLOCKS = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def rows_of(text: str) -> Rows:
    """Return the dark modules of the code for a text, row by row."""
    return [list(row) for row in segno.make(text, micro=False, error="m").matrix]


def read_blocks(lines: list[str]) -> Rows:
    """Return the dark modules of a code in half blocks, without its border."""
    pairs = [[BLOCKS[block] for block in ESCAPE.sub("", line)] for line in lines]
    return _bare([[pair[half] for pair in line] for line in pairs for half in (0, 1)])


def read_svg(drawing: str) -> Rows:
    """Return the dark modules of a code that is one stroke, without its border."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \1"', drawing)[0])
    rows = [[0] * size for _ in range(size)]
    column, row = 0, 0.0
    for verb, numbers in re.findall(r"([Mmh])([\d. -]+)", re.findall(r'stroke="#000" d="([^"]+)"', drawing)[0]):
        across, *down = (float(number) for number in re.findall(r"-?[\d.]+", numbers))
        if verb == "h":
            rows[int(row)][column : column + int(across)] = [1] * int(across)
        column = int(across) if verb == "M" else column + int(across)
        row = down[0] if verb == "M" else row + sum(down)
    return _bare(rows)


def _bare(rows: Rows) -> Rows:
    """Return the rows without the light border."""
    border = next(number for number, row in enumerate(rows) if any(row))
    side = len(rows[0]) - border
    return [row[border:side] for row in rows[border:side]]
