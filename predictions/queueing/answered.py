"""Counts answers by the version that gave them, and whether they are sure."""

import logging
from collections.abc import Iterable

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error as DatabaseError

from foundation.observability.outcomes import answers_total
from predictions.queueing.jobs import Answer
from predictions.registry.named import names

logger = logging.getLogger(__name__)


def count(answers: Iterable[tuple[int, Answer]]) -> None:
    """answers: each with the id of its version. Once they are saved; nothing fails for it."""
    for version_id, answer in answers:
        try:
            named = names.of(version_id)
        except (DatabaseError, ObjectDoesNotExist) as error:
            logger.warning("An answer of version %d is not counted: %s", version_id, error)
            continue
        is_sure = answer.top_k[0]["score"] >= named.thresholds.threshold_of(answer.key)
        for sure, number in (("yes", is_sure), ("no", not is_sure)):  # both begin together
            answers_total.labels(named.classifier, named.version, sure).inc(number)
