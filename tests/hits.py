"""What a reader finds on the search page."""

from reading import HTML, parse, text


def found(response, kind="article") -> list[str]:
    """Return the titles of the hits of one kind, in their order."""
    for section in parse(response).iter(f"{HTML}section"):
        if section.get("aria-labelledby") == kind:
            return [
                text(element)
                for element in section.iter(f"{HTML}p")
                if element.get("class") == "hit__title"
            ]
    return []


def marks(response) -> list[str]:
    return [text(mark) for mark in parse(response).iter(f"{HTML}mark")]
