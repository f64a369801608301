"""Who may export data sets, or import them."""

from accounts.models import User
from accounts.rights import has_permission
from learning.background import Cancelled
from learning.data_sets.models import DataSetExport, DataSetImport


def still_let_in(work: DataSetExport | DataSetImport) -> User:
    """Who has asked for it. Raises Cancelled if they may not any more."""
    user = work.started_by
    if user is None or not has_permission(user, "add", type(work)):
        work.cancel()
        raise Cancelled
    return user
