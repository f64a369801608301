"""A limit on how often one person may say something about predictions."""

from rest_framework.throttling import UserRateThrottle

from foundation.web.throttles import CountInRedis


class FeedbackThrottle(CountInRedis, UserRateThrottle):
    scope = "feedback"
