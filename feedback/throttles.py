"""A limit on how often a person can send feedback."""

from rest_framework.throttling import UserRateThrottle

from foundation.web.throttles import CountInRedis


class FeedbackThrottle(CountInRedis, UserRateThrottle):
    scope = "feedback"
