"""What a page shows of people once frames have been applied to it, as `people.js` and `frames.js` do it."""

from typing import Self

from tests.support.markup import Element, Page

Row = tuple[str, str, str, str]  # id, rev, online and text of a person


class Shown:
    """The people list of one page, its counts, its link to more people, and its cursor."""

    def __init__(self, markup: str) -> None:
        page = Page(markup)
        # Rows by id, without order; `rows` has them in the order of the list.
        self._rows = {row["id"]: row for row in page.all("li")}
        self.more = page.one("more-people")["href"] if page.has("more-people") else None
        self._border = self._last()
        self.counts = page.one("counts").text
        self.cursor = next(
            int(one["data-rev"]) for one in page.elements if one.attributes.get("id") in {"room", "lobby"}
        )
        # How often the list was shown anew.
        self.relisted = 0

    @property
    def rows(self) -> list[Row]:
        """The rows in their order."""
        rows = sorted(self._rows.values(), key=_place)
        return [(row["id"], row["data-rev"], row["data-online"], row.text) for row in rows]

    def shows(self, fresh: "Shown") -> bool:
        """Whether this shows what a fresh page does; it may show more of the list."""
        begins = self.rows[: len(fresh.rows)] == fresh.rows if fresh.more else self.rows == fresh.rows
        return begins and self.counts == fresh.counts and (self.more is None) <= (fresh.more is None)

    def has(self, name: str) -> bool:
        """Whether somebody of this name is in the list."""
        return any(row.inner("b") == name for row in self._rows.values())

    def has_room_for(self, row: Element) -> bool:
        """Whether somebody stands before the end of what is shown of the list."""
        return self.more is None or _place(row) <= self._border

    def apply(self, markup: str) -> Self:
        """Take in a frame; returns itself."""
        for stream in Page(markup).all("turbo-stream"):
            content = stream.children[0].children if stream.children else []
            match stream["action"], stream["target"] if "target" in stream.attributes else None:
                case "append", "people":
                    self._place(content)
                case "update", "people":
                    self.relisted += 1
                    self._rows = {}
                    self._place(content)
                case "update", "counts":
                    self.counts = stream.text
                case "remove", "more-people":
                    self.more = None
                case "after", "people":
                    self.more, self._border = content[0]["href"], self._last()
                case "advance", _:
                    self.cursor = max(self.cursor, int(stream["rev"]))
                case "refresh" | "refuse" as other, _:
                    raise AssertionError(f"{other}: {markup}")
        return self

    def _place(self, rows: list[Element]) -> None:
        for row in rows:
            held = self._rows.get(row["id"])
            if held and int(held["data-rev"]) >= int(row["data-rev"]):
                continue
            self._rows.pop(row["id"], None)
            if self.has_room_for(row):
                self._rows[row["id"]] = row

    def _last(self) -> tuple[bool, str]:
        return max(map(_place, self._rows.values()), default=(False, ""))


def _place(row: Element) -> tuple[bool, str]:
    return row["data-online"] != "true", row["data-sort"]
