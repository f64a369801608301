"""Where pictures are in S3, as MEDIA_URL says it."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)
CHOICES = {"addressing": ("path", "virtual"), "encryption": ("AES256", "aws:kms")}
PARAMETERS = ("endpoint", "region", "kms_key", *CHOICES)


class Bucket(NamedTuple):
    """Where objects are. What is empty, boto3's own settings and defaults decide."""

    name: str
    prefix: str = ""  # without slashes at its ends
    endpoint: str = ""  # of a server that is not Amazon's
    region: str = ""
    addressing: str = ""  # path: endpoint/bucket/key; virtual: bucket.endpoint/key
    encryption: str = ""  # by the server
    kms_key: str = ""

    @property
    def origin(self) -> str:
        """Where a browser finds the objects: scheme, host and perhaps port.

        Only where region or endpoint is given: else boto3 alone knows.
        """
        of_region = "" if self.region == "us-east-1" else f".{self.region}"  # as boto3 has it
        server = urlsplit(self.endpoint or f"https://s3{of_region}.amazonaws.com")
        host = server.netloc if self.addressing == "path" else f"{self.name}.{server.netloc}"
        return f"{server.scheme}://{host}"

    @property
    def url(self) -> str:
        """What `bucket_at` reads."""
        said = {name: value for name in PARAMETERS if (value := getattr(self, name))}
        return f"{self}?{urlencode(said)}"

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}".rstrip("/")


def bucket_at(url: str) -> Bucket:
    """What an address says, like `s3://pictures/site?endpoint=https://s3.example.org&region=eu`.

    Raises:
        ValueError: with what is wrong, but not the address, in which there may be a secret.
    """
    address = urlsplit(url)
    if address.scheme != "s3":
        raise ValueError("must be like s3://bucket/prefix?endpoint=https://s3.example.org")
    if "@" in url:
        raise ValueError(
            "must have no access key in it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or give the machine a role"
        )
    prefix = address.path.strip("/")
    if not BUCKET.fullmatch(address.netloc):
        raise ValueError("names no bucket: s3:// is followed by 3 to 63 of a-z, 0-9, dot and dash")
    if prefix and (not PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise ValueError("has a prefix of other characters than letters, digits, . _ - and /")
    if address.fragment:
        raise ValueError("has a # in it: write %23")
    try:
        pairs = parse_qsl(address.query, keep_blank_values=True, strict_parsing=bool(address.query))
    except ValueError as error:
        raise ValueError("has parameters that are not like name=value, with & between") from error
    given = dict(pairs)
    for name, value in pairs:
        if name not in PARAMETERS:
            raise ValueError(f"can have the parameters {', '.join(PARAMETERS)}; {name} is another")
        if not value or re.search(r"\s", value):
            raise ValueError(f"has nothing in its parameter {name}, or a space: leave it out")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"has an unknown {name}: it can be {' or '.join(CHOICES[name])}")
    if len(given) < len(pairs):
        raise ValueError("has a parameter twice")
    if "endpoint" in given and not is_http(given["endpoint"]):
        raise ValueError("has an endpoint that is not like https://s3.example.org")
    if "kms_key" in given and given.get("encryption") != "aws:kms":
        raise ValueError("has a kms_key, which needs encryption=aws:kms")
    # Servers other than Amazon's seldom have a DNS name for each bucket.
    given.setdefault("addressing", "path" if "endpoint" in given else "virtual")
    return Bucket(address.netloc, prefix, **given)


def is_http(endpoint: str) -> bool:
    try:
        address = urlsplit(endpoint)
        there = bool(address.hostname) and address.port != 0
    except ValueError:  # what should be a port is none
        return False
    return address.scheme in ("http", "https") and there and not address.query
