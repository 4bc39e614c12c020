"""Reads a page as a browser's parser would, and notes what is unsound in it."""

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "rect", "path", "use"}


class Outline(HTMLParser):
    """Unbalanced elements, ids, names of fields, and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.addresses: list[str] = []
        self.fields: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.named += [
            v for n in ("for", "aria-labelledby", "aria-describedby") for v in (found.get(n) or "").split()
        ]
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"} and value]
        if tag in {"select", "textarea"} or (tag == "input" and found.get("type") not in {"hidden", "radio"}):
            self.fields.append(found.get("id") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")


def outline_of(page: str) -> Outline:
    """The outline of a page that must be sound: balanced, no id twice, every reference and field named."""
    outline = Outline()
    outline.feed(page)
    assert (outline.faults, outline.open) == ([], [])
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.named) <= set(outline.ids)
    assert set(outline.fields) <= set(outline.named)
    assert [one for one in outline.addresses if re.match(r"\w+:|//", one)] == []
    return outline
