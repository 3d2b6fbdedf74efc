"""Answers to what cannot be answered.

Django's own look into the body of a request for a token that our pages have no use for;
where the body cannot be read either, an error that was the sender's became one of ours.
"""

from django.shortcuts import render


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def permission_denied(request, exception):
    return render(request, "403.html", status=403)


def page_not_found(request, exception):
    return render(request, "404.html", status=404)
