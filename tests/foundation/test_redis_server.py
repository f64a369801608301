"""Addresses of Redis, as operators write them."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from redis.exceptions import ConnectionError as RedisConnectionError

from foundation.redis_server import Sentinels, checked, connect, passwords, rq_connection

THREE = "redis+sentinel://me:pass%2Fword@a,b:1234,[::1]:5/2?master=main&sentinel_password=s%40id"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://host", "must begin with redis://"),
        ("redis://host:6379/0?colour=red", "has an unknown option: 'colour'"),
        ("redis+sentinel://host/0?master=main&colour=red", "has an unknown option: 'colour'"),
        ("redis://host/0?socket_timeout=soon", "Invalid value for 'socket_timeout'"),
        ("redis+sentinel://host", "must end with [?]master=NAME"),
        ("redis+sentinel://host,,other/0?master=main", "must name the Sentinels as HOST:26379"),
        ("rediss://host/0?ssl_cert_reqs=maybe", "maybe"),
        ("rediss://host/0?ssl_ca_certs=/no/such", "ssl_ca_certs names /no/such, which cannot"),
        ("rediss+sentinel://host/0?master=x&ssl_certfile=/no/such", "ssl_certfile names /no/such"),
    ],
)
def test_an_address_that_cannot_work_is_refused_in_a_sentence(address, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        checked(address)


@pytest.mark.parametrize("scheme", ["redis", "redis+sentinel"])
def test_a_password_that_breaks_the_address_is_not_repeated(scheme):
    with pytest.raises(ImproperlyConfigured, match="cannot be used") as refused:
        checked(f"{scheme}://:hush/hush@host:6379/0?master=main")
    assert "hush" not in str(refused.value)


def test_sentinels_their_ports_and_both_passwords_are_read():
    entry = rq_connection(checked(THREE))
    assert entry["SENTINELS"] == [("a", 26379), ("b", 1234), ("::1", 5)]
    assert (entry["MASTER_NAME"], entry["DB"]) == ("main", 2)
    of_server, of_sentinel = entry["CONNECTION_KWARGS"], entry["SENTINEL_KWARGS"]
    assert (of_server["username"], of_server["password"]) == ("me", "pass/word")
    assert of_sentinel["password"] == "s@id"
    assert "username" not in of_sentinel


def test_all_forms_of_all_passwords_are_secrets():
    assert passwords(THREE) == {"pass%2Fword", "pass/word", "s%40id", "s@id"}
    assert passwords("unix:///run/valkey.sock?password=hush") == {"hush"}
    assert passwords("redis://host:6379/0") == set()


def test_tls_checks_the_certificate_and_the_name_unless_told():
    for address in ("rediss://host/0", "rediss+sentinel://host/0?master=main"):
        made = connect(address).connection_pool.make_connection()
        assert (made.cert_reqs.name, made.check_hostname) == ("CERT_REQUIRED", True)


def test_threads_that_find_the_first_sentinel_dead_at_once_lose_none(monkeypatch):
    sentinels = Sentinels([("a", 1), ("b", 2)])
    state = {"is_master": True, "is_sdown": False, "is_odown": False, "num-other-sentinels": 1}
    first, second = sentinels.sentinels
    asked = []

    def refuse():
        raise RedisConnectionError

    def answer():
        asked.append(second)
        if len(asked) == 1:  # another thread asks meanwhile, and is quicker
            sentinels.discover_master("main")
        return {"main": {**state, "ip": "host", "port": 3}}

    monkeypatch.setattr(first, "sentinel_masters", refuse)
    monkeypatch.setattr(second, "sentinel_masters", answer)
    assert sentinels.discover_master("main") == ("host", 3)
    assert sentinels.sentinels == [second, first]
