from django.core.cache import cache
from redis import Redis

from tests.servers import servers


def test_nothing_in_it_is_a_pickle():
    cache.set("throttle_example", [1.5, 2.5])
    assert cache.get("throttle_example") == [1.5, 2.5]
    redis = Redis.from_url(servers.redis_url)
    assert redis.get(":1:throttle_example") == b"[1.5, 2.5]"
    cache.delete("throttle_example")
