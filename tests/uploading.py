"""An image as an editor uploads it, in the form of a city."""

import re

from impact.models import City
from reading import errors_of

ADD = "/admin/impact/city/add/"
WORDS = "Two outreach workers talk with a young man."
SCRIPT = b"<script>alert(document.cookie)</script>"


def typed(image=None, **fields):
    """Return what the browser sends of the form of a city."""
    if image:
        fields = {"image_alt": WORDS, "image": image} | fields
    table = {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    return {"name": "Gary", "state": "IN", "kind": "city"} | table | fields


def change(city):
    return f"/admin/impact/city/{city.pk}/change/"


def taken(editor, image):
    """Return the city with the image that an editor chose."""
    response = editor.post(ADD, typed(image))
    assert response.status_code == 302, errors_of(response)
    return City.objects.get()


def kind_of(name):
    return re.sub(r"^[0-9a-f]{32}-", "", name)
