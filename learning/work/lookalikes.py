"""Examples that show nearly the same picture: sent twice in two sizes, or taken a second apart.

They make figures look better than they are, should one be learned from and the other be tested on.
"""

import numpy as np

from learning.models import Example
from learning.work import features
from predictions.registry.networks import Network

# Cosine of two pictures' features. Measured with EfficientNet-Lite0 on 150 photographs of 256 by
# 256 pixels: the most similar two have 0.86; a copy that is brighter has 0.98 (median), one cut by
# five pixels or mirrored 0.96, one of JPEG quality 75 0.96 and of 50 0.91.
ALIKE = 0.9
AT_ONCE = 1000  # rows of the table of all pairs


def find(classifier_id: int, network: Network) -> None:
    """Sets `twin` of each example to the first one that looks like it, or to none."""
    examples = list(
        Example.objects.filter(taught_class__classifier=classifier_id)
        .order_by("pk")
        .values_list("pk", "image_id", "twin_id")
    )
    known = features.read([image_id for _, image_id, _ in examples], network)
    seen = [one for one in examples if one[1] in known]
    if not seen:
        return
    each = np.stack([known[image_id][0] for _, image_id, _ in seen])
    each /= np.linalg.norm(each, axis=1, keepdims=True) + 1e-12
    changed = []
    for start in range(0, len(seen), AT_ONCE):
        alike = each[start : start + AT_ONCE] @ each.T >= ALIKE
        firsts = alike.argmax(axis=1)  # itself at the latest
        for at, first in enumerate(firsts, start):
            pk, _, twin_id = seen[at]
            found = seen[first][0] if first < at else None
            if found != twin_id:
                changed.append(Example(pk=pk, twin_id=found))
    Example.objects.bulk_update(changed, ["twin"], batch_size=500)
