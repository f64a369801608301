"""Whether the storage of pictures and models is away: work waits for it then, and does not fail."""

from django.db import Error as DatabaseError

from foundation.storage.lasting import StorageUnreachable
from predictions.classifiers import ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.queueing import decoding
from predictions.queueing.batch import Task
from predictions.registry.predictors import answering


def can_be_read(task: Task) -> bool:
    """Whether the storage answers for this picture and its model, be it that they are gone."""
    try:
        if task.arguments:
            decoding.read(task.arguments.file)
            answering(task.arguments.model_version_id).load()
    except (OSError, ModelNotPrepared, ModelVersion.DoesNotExist, DatabaseError) as error:
        return not is_of_storage(error)
    return True


def is_of_storage(error: Exception | None) -> bool:
    """Whether the storage did not answer, for a picture or for a model that is fetched from it."""
    return any(isinstance(each, StorageUnreachable) for each in (error, error and error.__cause__))
