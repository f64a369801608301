"""The steps of background work, in words."""

from django.utils.translation import gettext_lazy as _

STAGES = {
    "waiting": _("Waiting for its turn"),
    "reading": _("Reading the pictures"),
    "unpacking": _("Unpacking the pictures"),
    "features": _("Looking at the pictures"),
    "validating": _("Testing on pictures left out"),
    "curve": _("Finding out what more pictures would bring"),
    "fitting": _("Learning from all pictures"),
    "tuning": _("Training the network"),
    "saving": _("Saving"),
    "packing": _("Writing the files"),
    "checking": _("Checking the files"),
}
