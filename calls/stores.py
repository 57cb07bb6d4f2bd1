"""The two places that recordings can be kept in, with the same methods."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

from botocore.config import Config
from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

UPLOAD, LISTEN = "recording-upload", "recording-listen"
CONTENT_TYPE = "audio/wav"
# What health checks write, over and over.
PROBE = "health/probe.txt"


class Stored(NamedTuple):
    """An object of a store, and when it came."""

    key: str
    at: datetime


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

    def save(self, key: str, file: IO[bytes]) -> None:
        """Store what ``file`` holds under the key; all of it or nothing."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            try:
                shutil.copyfileobj(file, part)
                Path(part.name).replace(path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise

    def delete(self, key: str) -> None:
        """Remove the object, if it is there, and the folders that are empty then."""
        path = self.path(key)
        path.unlink(missing_ok=True)
        root = Path(self.files.location)
        with suppress(OSError):  # the folder of another recording
            for folder in path.parents:
                if folder == root:
                    break
                folder.rmdir()

    def listing(self) -> Iterator[Stored]:
        """Every object."""
        root = Path(self.files.location)
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield Stored(path.relative_to(root).as_posix(), at)

    def write_probe(self) -> None:
        """Store something small. Raises ``OSError`` if that fails."""
        root = Path(self.files.location)
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"ok")


class S3Store:
    """A bucket of an S3 server, through django-storages."""

    @cached_property
    def files(self) -> S3Storage:
        return self._storage(settings.MINIO_ENDPOINT)

    # Clients may be shared by threads; django-storages makes one for each.
    @cached_property
    def client(self) -> Any:
        return self.files.connection.meta.client

    @cached_property
    def public_client(self) -> Any:
        """Signs for the host that browsers see: the host is part of a signature."""
        return self._storage(settings.MINIO_PUBLIC_ENDPOINT).connection.meta.client

    def _storage(self, endpoint: str) -> S3Storage:
        return S3Storage(
            endpoint_url=endpoint,
            access_key=settings.MINIO_ACCESS_KEY,
            secret_key=settings.MINIO_SECRET_KEY,
            bucket_name=settings.MINIO_BUCKET,
            # Without a region, signing asks the server for it.
            region_name=settings.MINIO_REGION,
            default_acl=None,
            # Larger ones go to a temporary file on their way to us.
            max_memory_size=1024 * 1024,
            client_config=Config(
                s3={"addressing_style": "path"},
                signature_version="s3v4",
                connect_timeout=2,
                read_timeout=10,
                retries={"total_max_attempts": 2},
                # Servers other than Amazon's do not know its newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def upload_url(self, key: str, seconds: int) -> str:
        return self._presign(
            self.client, "put_object", seconds, Key=key, ContentType=CONTENT_TYPE
        )

    def listen_url(self, key: str, seconds: int, download_as: str = "") -> str:
        extra = (
            {"ResponseContentDisposition": f'attachment; filename="{download_as}"'}
            if download_as
            else {}
        )
        return self._presign(
            self.public_client, "get_object", seconds, Key=key, **extra
        )

    def _presign(self, client: Any, operation: str, seconds: int, **params: Any) -> str:
        url: str = client.generate_presigned_url(
            operation,
            Params={"Bucket": settings.MINIO_BUCKET, **params},
            ExpiresIn=seconds,
        )
        return url

    def open(self, key: str) -> IO[bytes]:
        """The object's bytes. Raises ``FileNotFoundError`` if it is not there."""
        opened: IO[bytes] = self.files.open(key)
        return opened

    def save(self, key: str, file: IO[bytes]) -> None:
        """Store what ``file`` holds under the key; all of it or nothing."""
        self.client.upload_fileobj(
            file,
            settings.MINIO_BUCKET,
            key,
            ExtraArgs={"ContentType": CONTENT_TYPE},
        )

    def delete(self, key: str) -> None:
        """Remove the object, if it is there."""
        self.client.delete_object(Bucket=settings.MINIO_BUCKET, Key=key)

    def listing(self) -> Iterator[Stored]:
        """Every object."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=settings.MINIO_BUCKET):
            for found in page.get("Contents", ()):
                yield Stored(found["Key"], found["LastModified"])

    def write_probe(self) -> None:
        """Store something small. Raises what botocore raises if that fails."""
        self.client.put_object(Bucket=settings.MINIO_BUCKET, Key=PROBE, Body=b"ok")
