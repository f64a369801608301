"""What is learnt from: pictures' features, in several views each, and the classes they are of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning.training.refusals import CannotLearn


@dataclass(frozen=True)
class Samples:
    """N pictures.

    features: float32 (N, V, D), V views of each picture. View 0 is what answers see, so a head is
        always judged by it; the others are for learning alone.
    classes: int64 (N,), each picture's class, 0 to K - 1.
    none: the class of pictures that are none of the others, always the last one; None if there is
        no such class.
    groups: int64 (N,), the same number for pictures that look alike, of which none may be learnt
        from while another is judged.
    names: of the K classes, for sentences; K is the greatest class and one if they are not said.
    """

    features: np.ndarray
    classes: np.ndarray
    none: int | None = None
    groups: np.ndarray | None = None
    names: Sequence[str] = ()

    @property
    def count(self) -> int:
        """K, with the class of none of these."""
        return len(self.names) or int(self.classes.max(initial=-1)) + 1

    @property
    def known(self) -> int:
        """How many classes there are beside none of these."""
        return self.count - (self.none is not None)

    @property
    def sizes(self) -> np.ndarray:
        """Pictures in each class, int64 (K,)."""
        return np.bincount(self.classes, minlength=self.count)

    def check(self) -> None:
        """Raises CannotLearn if nothing can be learnt from these."""
        if self.none is not None and self.none != self.count - 1:
            raise ValueError("The class of none of these has to be the last one.")
        if np.count_nonzero(self.sizes[: self.known]) < 2:
            raise CannotLearn("Two classes need at least one picture each.")
        for index in np.flatnonzero(self.sizes == 0).tolist():
            name = self.names[index] if self.names else f"number {index + 1}"
            raise CannotLearn(
                "The class %(name)s has no pictures: add some, or remove the class.", name=name
            )
