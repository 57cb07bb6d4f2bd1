"""Prepares the bucket of recordings: makes it, and tells it what to do by itself."""

from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from calls.stores import LocalStore, S3Store

RULE = "osmtalk-retention"
LEFTOVERS_DAYS = 1
# What servers answer to a request that they have no code for.
UNKNOWN_TO_IT = {
    "NotImplemented",
    "MalformedXML",
    "MethodNotAllowed",
    "XNotImplemented",
    "UnsupportedOperation",
}
OURS_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


def prepare(store: LocalStore | S3Store) -> list[str]:
    """Make the place ready for recordings; may be repeated. Answers what was done, in
    sentences. Raises what the store raises if it cannot be written to."""
    if isinstance(store, LocalStore):
        store.write_probe()
        return [
            f"Recordings are kept in {settings.RECORDINGS_DIR}, "
            f"for {settings.RECORDING_RETENTION_DAYS} days."
        ]
    done = [make_bucket(store), set_lifecycle(store), set_cors(store)]
    store.write_probe()
    return [*done, "A test object was stored."]


def make_bucket(store: S3Store) -> str:
    bucket = settings.MINIO_BUCKET
    # Amazon takes every region but its first as a constraint, and that one not at all.
    elsewhere: dict[str, Any] = (
        {}
        if settings.MINIO_REGION == "us-east-1"
        else {
            "CreateBucketConfiguration": {"LocationConstraint": settings.MINIO_REGION}
        }
    )
    try:
        store.client.create_bucket(Bucket=bucket, **elsewhere)
    except ClientError as error:
        if code_of(error) not in OURS_ALREADY:
            raise
        return f"The bucket {bucket} was there."
    return f"The bucket {bucket} was made."


def set_lifecycle(store: S3Store) -> str:
    """Have the store remove old recordings. Rules of others stay."""
    days = settings.RECORDING_RETENTION_DAYS
    rule = {
        "ID": RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": LEFTOVERS_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": LEFTOVERS_DAYS},
    }
    try:
        others = [known for known in rules_of(store) if known.get("ID") != RULE]
        store.client.put_bucket_lifecycle_configuration(
            Bucket=settings.MINIO_BUCKET,
            LifecycleConfiguration={"Rules": [*others, rule]},
        )
    except ClientError as error:
        if code_of(error) not in UNKNOWN_TO_IT:
            raise
        return (
            "The store has no lifecycle rules: the worker removes recordings "
            f"after {days} days."
        )
    return f"The store removes recordings after {days} days."


def rules_of(store: S3Store) -> list[dict[str, Any]]:
    try:
        answer = store.client.get_bucket_lifecycle_configuration(
            Bucket=settings.MINIO_BUCKET
        )
    except ClientError as error:
        if code_of(error) == "NoSuchLifecycleConfiguration":
            return []
        raise
    return list(answer.get("Rules", ()))


def set_cors(store: S3Store) -> str:
    """Let the console's player read parts of recordings from another host."""
    rule = {
        "AllowedOrigins": [settings.PUBLIC_URL],
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["range"],
        "ExposeHeaders": ["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
        "MaxAgeSeconds": 3600,
    }
    try:
        store.client.put_bucket_cors(
            Bucket=settings.MINIO_BUCKET, CORSConfiguration={"CORSRules": [rule]}
        )
    except ClientError as error:
        if code_of(error) not in UNKNOWN_TO_IT:
            raise
        return (
            "The store has no cross-origin rules for a bucket: see that it lets "
            f"{settings.PUBLIC_URL} read."
        )
    return f"Pages of {settings.PUBLIC_URL} may read recordings."


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
