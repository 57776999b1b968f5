"""Reads markup as a browser would, far enough to ask what is on a page."""

from html.parser import HTMLParser

VOID = frozenset({"img", "input", "link", "meta"})


class Element:
    """A tag, its attributes, and all text inside it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text = ""
        # What is right inside it.
        self.children: list[Element] = []

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def inner(self, tag: str) -> str:
        """Return the text of the first child with this tag."""
        return next(child.text for child in self.children if child.tag == tag)


class Page(HTMLParser):
    """All elements of a page or frame, in order; fails on tags that do not match."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(markup)
        self.close()
        assert not self._open, f"left open: {self._open[-1].tag}"

    def all(self, tag: str) -> list[Element]:
        """Return the elements with this tag."""
        return [element for element in self.elements if element.tag == tag]

    def one(self, name: str) -> Element:
        """Return the element with this id."""
        (element,) = (element for element in self.elements if element.attributes.get("id") == name)
        return element

    def has(self, name: str) -> bool:
        """Whether there is an element with this id."""
        return any(element.attributes.get("id") == name for element in self.elements)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if self._open:
            self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Give text to every element it is in."""
        for element in self._open:
            element.text += data
