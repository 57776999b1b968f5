"""Draws the icons of the manifest from icon.svg, with Chromium: `python -m tests.support.icons`."""

from pathlib import Path

from hubbub.web.render import STATIC
from tests.support.browsers import browsing

GROUND = "#e4f1ee"
# Side in pixels, ground, and how much of it the drawing takes: what is cut to a circle needs a margin.
ICONS = {
    "icon-192.png": (192, "transparent", 0.94),
    "icon-512.png": (512, "transparent", 0.94),
    "icon-maskable-512.png": (512, GROUND, 0.6),
}


def draw(directory: Path) -> None:
    """Write all icons."""
    drawing = (STATIC / "icon.svg").read_text()
    with browsing() as browser:
        page = browser.new_page()
        for name, (side, ground, share) in ICONS.items():
            page.set_viewport_size({"width": side, "height": side})
            style = f"display: grid; place-content: center; height: {side}px; margin: 0; background: {ground}"
            page.set_content(f'<body style="{style}"><div style="width: {side * share}px">{drawing}</div>')
            page.screenshot(path=directory / name, omit_background=True)


if __name__ == "__main__":
    draw(STATIC)
