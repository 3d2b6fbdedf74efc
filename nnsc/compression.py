import re

from django_http_compression.middleware import HttpCompressionMiddleware


class CompressionMiddleware(HttpCompressionMiddleware):
    """Compresses JSON Feed too, whose media type is none of the library's."""

    content_type_re = re.compile(
        rf"{HttpCompressionMiddleware.content_type_re.pattern}|application/feed\+json",
        HttpCompressionMiddleware.content_type_re.flags,
    )
