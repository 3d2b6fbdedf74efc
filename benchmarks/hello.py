"""The least that a server can be asked for, to hold our pages against.

It answers /<n> with n bytes, as plain WSGI.
"""

BODIES: dict[str, tuple[list, list]] = {}
PAGE_BYTES = 20_000


def bare(environ, start_response):
    path = environ["PATH_INFO"]
    if path not in BODIES:
        body = b"x" * int(path[1:] or PAGE_BYTES)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        BODIES[path] = headers, [body]
    headers, body = BODIES[path]
    start_response("200 OK", headers)
    return body
