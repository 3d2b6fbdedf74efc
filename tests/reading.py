"""What a reader or an editor finds on a page."""

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


def untouched(response) -> dict[str, list[str]]:
    """Return what a browser sends of the admin's form as it was opened."""
    tree = html5lib.parse(response.content.decode())
    (form,) = (
        form
        for form in tree.iter(f"{HTML}form")
        if (form.get("id") or "").endswith("_form")
    )
    sent = {}
    for box in form.iter():
        name, kind = box.get("name"), box.tag.removeprefix(HTML)
        if not name or (kind == "input" and not is_sent(box)):
            continue
        if kind == "input":
            values = [
                box.get("value") or ("on" if box.get("type") == "checkbox" else "")
            ]
        elif kind == "textarea":
            values = ["".join(box.itertext()).replace("\n", "\r\n")]
        elif kind == "select":
            values = chosen(box)
        else:
            continue
        sent.setdefault(name, []).extend(values)
    return sent


def is_sent(box) -> bool:
    if box.get("type") in ("checkbox", "radio"):
        return box.get("checked") is not None
    return box.get("type") not in ("submit", "button", "file")


def chosen(select) -> list[str]:
    options = list(select.iter(f"{HTML}option"))
    found = [option for option in options if option.get("selected") is not None]
    if not found and select.get("multiple") is None:
        found = options[:1]
    return [option.get("value", "") for option in found]


def hidden(response, name) -> str:
    """Return what a hidden box of the page holds; "" where there is none."""
    boxes = html5lib.parse(response.content.decode()).iter(f"{HTML}input")
    return next((box.get("value") for box in boxes if box.get("name") == name), "")


def messages_of(response) -> list[str]:
    """Return what staff are told about what they have just done."""
    return [str(message) for message in response.context["messages"]]


def errors_of(response):
    """Return what is wrong with a form of the admin that came back."""
    assert response.status_code == 200, response
    return response.context["adminform"].form.errors
