"""The two places that recordings can be kept in, with the same methods."""

from functools import cached_property
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

UPLOAD, LISTEN = "recording-upload", "recording-listen"
CONTENT_TYPE = "audio/wav"


class LocalStore:
    """A folder, with links to the api that are signed as S3's are."""

    @cached_property
    def files(self) -> FileSystemStorage:
        return FileSystemStorage(location=settings.RECORDINGS_DIR)

    def upload_url(self, key: str, seconds: int) -> str:
        return self._url(UPLOAD, {"key": key, "secs": seconds})

    def listen_url(self, key: str, seconds: int, download_as: str = "") -> str:
        return self._url(LISTEN, {"key": key, "secs": seconds, "as": download_as})

    def _url(self, purpose: str, claim: dict[str, Any]) -> str:
        token = signing.dumps(claim, salt=purpose, compress=True)
        return f"{settings.PUBLIC_URL}/api/recordings/{token}"

    def claim(self, purpose: str, token: str) -> dict[str, Any] | None:
        """What a link's token allows; ``None`` if it was altered or has expired."""
        try:
            claim: dict[str, Any] = signing.loads(token, salt=purpose)
            signing.loads(token, salt=purpose, max_age=claim["secs"])
        except signing.BadSignature:
            return None
        return claim

    def path(self, key: str) -> Path:
        return Path(self.files.path(key))

    def open(self, key: str) -> IO[bytes]:
        """The object's bytes. Raises ``FileNotFoundError`` if it is not there."""
        return self.path(key).open("rb")

    def delete(self, key: str) -> None:
        self.files.delete(key)


class S3Store:
    """A bucket of an S3 server, through django-storages."""

    @cached_property
    def files(self) -> S3Storage:
        return self._storage(settings.MINIO_ENDPOINT)

    @cached_property
    def public(self) -> S3Storage:
        """Signs for the host that browsers see: the host is part of a signature."""
        return self._storage(settings.MINIO_PUBLIC_ENDPOINT)

    def _storage(self, endpoint: str) -> S3Storage:
        return S3Storage(
            endpoint_url=endpoint,
            access_key=settings.MINIO_ACCESS_KEY,
            secret_key=settings.MINIO_SECRET_KEY,
            bucket_name=settings.MINIO_BUCKET,
            # Without a region, signing asks the server for it.
            region_name="us-east-1",
            addressing_style="path",
            signature_version="s3v4",
            default_acl=None,
        )

    def upload_url(self, key: str, seconds: int) -> str:
        return self._presign(
            self.files, "put_object", seconds, Key=key, ContentType=CONTENT_TYPE
        )

    def listen_url(self, key: str, seconds: int, download_as: str = "") -> str:
        extra = (
            {"ResponseContentDisposition": f'attachment; filename="{download_as}"'}
            if download_as
            else {}
        )
        return self._presign(self.public, "get_object", seconds, Key=key, **extra)

    def _presign(
        self, storage: S3Storage, operation: str, seconds: int, **params: Any
    ) -> str:
        url: str = storage.connection.meta.client.generate_presigned_url(
            operation,
            Params={"Bucket": settings.MINIO_BUCKET, **params},
            ExpiresIn=seconds,
        )
        return url

    def open(self, key: str) -> IO[bytes]:
        """The object's bytes. Raises ``FileNotFoundError`` if it is not there."""
        opened: IO[bytes] = self.files.open(key)
        return opened

    def delete(self, key: str) -> None:
        self.files.delete(key)
