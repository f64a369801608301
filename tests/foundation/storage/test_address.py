"""MEDIA_URL says where pictures are, and is refused with a sentence that repeats no secret."""

import pytest

from foundation.storage.address import Bucket, bucket_at


def test_a_bucket_of_amazon_needs_no_more_than_its_name():
    assert bucket_at("s3://pictures") == Bucket("pictures", addressing="virtual")


def test_everything_can_be_said():
    url = (
        "s3://pictures/site/a/?endpoint=https://s3.example.org:9000&region=eu-1"
        "&addressing=virtual&encryption=aws:kms&kms_key=arn%3Aaws%3Akms%3Akey/1"
    )
    assert bucket_at(bucket_at(url).url) == bucket_at(url)
    assert bucket_at(url) == Bucket(
        "pictures",
        "site/a",
        endpoint="https://s3.example.org:9000",
        region="eu-1",
        addressing="virtual",
        encryption="aws:kms",
        kms_key="arn:aws:kms:key/1",
    )


def test_other_servers_are_asked_by_path():
    assert bucket_at("s3://pictures?endpoint=http://127.0.0.1:9000").addressing == "path"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://pictures.s3.amazonaws.com", "like s3://bucket"),
        ("s3:pictures", "names no bucket"),
        ("s3://", "names no bucket"),
        ("s3://Pictures", "names no bucket"),
        ("s3://AKIA:hush@pictures", "no access key"),
        ("s3://pictures?endpoint=https://AKIA:hush@s3.example.org", "no access key"),
        ("s3://pictures?secret_key=hush", "secret_key is another"),
        ("s3://pictures/a//b", "prefix"),
        ("s3://pictures/../other", "prefix"),
        ("s3://pictures/a b", "prefix"),
        ("s3://pictures?endpoint=s3.example.org", "endpoint"),
        ("s3://pictures?endpoint=https://s3.example.org:port", "endpoint"),
        ("s3://pictures?addressing=dns", "path or virtual"),
        ("s3://pictures?encryption=yes", "AES256 or aws:kms"),
        ("s3://pictures?kms_key=1", "encryption=aws:kms"),
        ("s3://pictures?region=", "nothing in its parameter region"),
        ("s3://pictures?region", "not like name=value"),
        ("s3://pictures?region=a&region=b", "twice"),
        ("s3://pictures#a", "#"),
    ],
)
def test_what_is_wrong_is_said(url, why):
    with pytest.raises(ValueError, match=why) as refused:
        bucket_at(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("s3://pictures?region=eu-1", "https://pictures.s3.eu-1.amazonaws.com"),
        ("s3://pictures?endpoint=http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("s3://pictures?region=us-east-1", "https://pictures.s3.amazonaws.com"),
        ("s3://pictures?endpoint=https://s3.org&addressing=virtual", "https://pictures.s3.org"),
    ],
)
def test_browsers_find_objects_at_its_origin(url, origin):
    assert bucket_at(url).origin == origin
