"""Uploads in a bucket of an S3-compatible storage, for sites of several machines."""

from botocore.config import Config
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):
    """The bucket of the settings. Images keep the addresses that they have elsewhere.

    Where MEDIA_URL is a path, this site reads the bucket for its readers, which may be
    private then; where it is an address of another host, they ask there.
    """

    def get_default_settings(self):
        return super().get_default_settings() | {
            "bucket_name": settings.MEDIA_BUCKET,
            "endpoint_url": settings.MEDIA_ENDPOINT or None,
            "default_acl": None,
            # Names say nothing twice, so nothing is ever written over.
            "file_overwrite": False,
            "object_parameters": {
                "CacheControl": "public, max-age=31536000, immutable"
            },
            "client_config": Config(
                connect_timeout=5,
                read_timeout=20,
                retries={"max_attempts": 2},
                s3={"addressing_style": "path" if settings.MEDIA_ENDPOINT else "auto"},
                # Storages other than Amazon's refuse its newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    def url(self, name, parameters=None, expire=None, http_method=None):
        return settings.MEDIA_URL + filepath_to_uri(name).lstrip("/")
