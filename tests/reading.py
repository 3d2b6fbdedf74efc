"""What a reader finds on a page, out of its HTML."""

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"


def parse(response):
    """Return the page as a tree; fail on the first error in its HTML."""
    parser = html5lib.HTMLParser(strict=True)
    return parser.parse(response.content.decode())


def text(element) -> str:
    return " ".join("".join(element.itertext()).split())


def main(response) -> str:
    """Return the words of the page's main part."""
    return text(parse(response).find(f".//{HTML}main"))


def headings(response, level="h2") -> list[str]:
    return [text(heading) for heading in parse(response).iter(f"{HTML}{level}")]


def titles(response) -> list[str]:
    """Return the titles of the stories on a page, in their order."""
    return [
        text(heading)
        for heading in parse(response).iter()
        if heading.get("class") == "story__title"
    ]


def links(response) -> list[str]:
    """Return where the page's own links lead."""
    addresses = (link.get("href") for link in parse(response).iter(f"{HTML}a"))
    return [address for address in addresses if address and address.startswith("/")]
