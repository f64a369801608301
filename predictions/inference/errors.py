"""What can go wrong with a model. Each message is written for the person who runs the service."""


class ModelError(Exception):
    """A model cannot be prepared or found."""


class UnknownModel(ModelError):
    """No architecture has this name."""


class WeightsUnavailable(ModelError):
    """The weights cannot be fetched: no network, or their package is not installed."""


class WrongWeights(ModelError):
    """A weights file is missing, of another hash, or of other layers and shapes."""


class ParityError(ModelError):
    """The exported model does not answer as the Keras model it was exported from."""


class PrecisionRefused(ModelError):
    """The model cannot be had in a precision here, or answers too differently in it."""


class ModelNotPrepared(ModelError):
    """The store holds no readable model of this name and version."""
