"""Stores pictures in S3 with the promises of the disk: whole objects, and errors that are OSError.

Imported only where MEDIA_URL asks for it, for boto3 takes 20 MB and a third of a second.
"""

import errno
import math
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage
from storages.utils import ReadBytesWrapper, clean_name

from foundation.storage.address import Bucket
from foundation.storage.lasting import StorageUnreachable
from foundation.storage.objects import open_object

# Seconds. A request waits for them while nobody answers, twice because each call is tried twice.
CONNECT_TIMEOUT, READ_TIMEOUT = 2, 5
ATTEMPTS = 2
# The same where nobody waits for a page, and one lost answer must not end a run of hours.
PATIENT_ATTEMPTS, PATIENT_READ_TIMEOUT = 3, 60
# Seconds. After S3 did not answer nobody waits for it so long, or soon all threads would.
REST = 1
# Bytes. What is larger is sent in parts, one of which is in memory; S3 joins them at the end.
PART = 8 * 1024 * 1024


class Objects(S3Storage):
    """Django's storage in a bucket; implements `LastingStorage`.

    One client for all threads of a process: it is thread-safe (boto3's guide to clients), and a
    thread of its own for each would take memory and connections.
    """

    # boto3's own chain looks for credentials and renews those of roles, which django-storages,
    # reading some of the variables itself, would prevent.
    access_key = secret_key = security_token = session_profile = None

    def __init__(self, bucket: Bucket, connections: int, *, patient: bool = False) -> None:
        """connections: kept open to the server by a process."""
        self.at = bucket
        attempts = PATIENT_ATTEMPTS if patient else ATTEMPTS
        read_timeout = PATIENT_READ_TIMEOUT if patient else READ_TIMEOUT
        encryption = {"ServerSideEncryption": bucket.encryption, "SSEKMSKeyId": bucket.kms_key}
        super().__init__(
            bucket_name=bucket.name,
            location=bucket.prefix,
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region or None,
            object_parameters={name: value for name, value in encryption.items() if value},
            file_overwrite=False,
            # In the thread that asks, so that no more than one part of a file is in memory.
            transfer_config=TransferConfig(
                multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
            ),
            client_config=Config(
                s3={"addressing_style": bucket.addressing},
                signature_version="s3v4",
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=read_timeout,
                retries={"mode": "standard", "total_max_attempts": attempts},
                max_pool_connections=connections,
            ),
        )
        self.away_until = -math.inf
        self._resource: Any = None
        self._making = Lock()

    @property
    def connection(self) -> Any:
        with self._making:
            if self._resource is None:
                self._resource = boto3.Session().resource(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
        return self._resource

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def key(self, name: str) -> str:
        """Raises SuspiciousOperation: it would be outside of the prefix."""
        key: str = self._normalize_name(clean_name(name))
        return key

    @contextmanager
    def errors(self, name: str) -> Iterator[None]:
        """What S3 and the way there refuse, as the errors of a disk.

        Raises:
            FileNotFoundError: there is no such object.
            StorageUnreachable
        """
        if monotonic() < self.away_until:
            raise StorageUnreachable(errno.EIO, "S3 did not answer a moment ago", name)
        try:
            yield
        except ClientError as error:
            # A HEAD has no body, so that only its status is known.
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise FileNotFoundError(errno.ENOENT, "No such object in S3", name) from error
            raise StorageUnreachable(errno.EIO, f"S3 refused: {error}", name) from error
        except (BotoCoreError, Boto3Error) as error:
            self.away_until = monotonic() + REST
            raise StorageUnreachable(errno.EIO, f"S3 cannot be reached: {error}", name) from error

    def of(self, name: str) -> dict[str, str]:
        """Bucket and key, as all of S3's operations want them."""
        return {"Bucket": self.bucket_name, "Key": self.key(name)}

    def _open(self, name: str, mode: str = "rb") -> File:
        """For reading; the object is not read before it is asked for, except its beginning."""
        if mode != "rb":
            raise ValueError("Objects are written whole, by `save` and `replace`.")
        return File(open_object(self.client, self.of(name), partial(self.errors, name)), name)

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        with self.errors(name):
            self.client.upload_fileobj(
                # Or it is closed when it has been sent, but our caller may send it again.
                ReadBytesWrapper(content),
                self.bucket_name,
                self.key(name),
                ExtraArgs=self._get_write_parameters(name),
                Config=self.transfer_config,
            )
        return name

    def _get_write_parameters(self, name: str, content: File | None = None) -> dict[str, str]:
        """The type by the name: what the sender said about it may be anything."""
        kind = mimetypes.guess_type(name)[0] or self.default_content_type
        return {**self.object_parameters, "ContentType": kind}

    def replace(self, name: str, content: File) -> None:
        """Writes an object, replacing an existing one: readers get the one or the other."""
        self._save(name, content)

    def flush(self, name: str) -> None:
        """Nothing is left to do: S3 answers when it has stored an object."""

    def delete(self, name: str) -> None:
        with self.errors(name):
            self.client.delete_object(**self.of(name))

    def exists(self, name: str) -> bool:
        try:
            self.head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self.head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        modified: datetime = self.head(name)["LastModified"]
        return modified

    def head(self, name: str) -> dict[str, Any]:
        with self.errors(name):
            answer: dict[str, Any] = self.client.head_object(**self.of(name))
        return answer

    def is_reachable(self) -> bool:
        """By the right to list, which S3 wants in order to say that an object is missing."""
        try:
            with self.errors(str(self.at)):
                self.client.head_bucket(Bucket=self.bucket_name)
        except OSError:
            return False
        return True

    def keeps_versions(self) -> bool:
        """Whether deleted objects stay; False if we may not ask, or the server knows none."""
        try:
            answer = self.client.get_bucket_versioning(Bucket=self.bucket_name)
        except (BotoCoreError, ClientError):
            return False
        return bool(answer.get("Status") == "Enabled")

    def clear_unfinished(self, before: datetime) -> int:
        """Parts of large objects whose sender died before it joined them."""
        prefix, cleared = f"{self.location}/" if self.location else "", 0
        with self.errors(str(self.at)):
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < before:
                        self.client.abort_multipart_upload(
                            Bucket=self.bucket_name, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        cleared += 1
        return cleared

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Names of folders and of files; none where a disk would say that there is no folder."""
        with self.errors(path):
            folders, files = super().listdir(path)
        return folders, files

    def names(self, folder: str) -> Iterator[str]:
        """Of the objects in a folder and in those inside it, a thousand with each request."""
        prefix = f"{self.key(folder)}/"
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=prefix
        )
        with self.errors(folder):
            for page in pages:
                for each in page.get("Contents", ()):
                    yield f"{folder}/{each['Key'].removeprefix(prefix)}"
