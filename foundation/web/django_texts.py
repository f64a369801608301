"""Django's texts that pages show and whose Spanish says "usted", where this site says "tú".

Only makemessages reads this file: Django looks texts up in this project's catalogue first.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

gettext_noop("Enter a valid value.")
gettext_noop("Enter a whole number.")
gettext_noop("Enter a number.")
gettext_noop("Enter a valid date.")
gettext_noop("Enter a valid date/time.")
gettext_noop("Enter a list of values.")
gettext_noop("Enter a valid UUID.")
gettext_noop("Select a valid choice. %(value)s is not one of the available choices.")
gettext_noop("Select a valid choice. That choice is not one of the available choices.")
gettext_noop("Ensure this value is less than or equal to %(limit_value)s.")
gettext_noop("Ensure this value is greater than or equal to %(limit_value)s.")
gettext_noop("No file was submitted. Check the encoding type on the form.")
gettext_noop("Your password can’t be a commonly used password.")
ngettext_lazy(
    "Your password must contain at least %(min_length)d character.",
    "Your password must contain at least %(min_length)d characters.",
    "min_length",
)
ngettext_lazy(
    "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
    "limit_value",
)
ngettext_lazy(
    "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
    "limit_value",
)
ngettext_lazy("Please correct the error below.", "Please correct the errors below.", "count")

# What staff read in the administration.
gettext_noop(
    "Are you sure you want to delete the selected %(objects_name)s? All of the "
    "following objects and their related items will be deleted:"
)
gettext_noop("Click here to select the objects across all pages")
gettext_noop(
    "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting "
    "related objects, but your account doesn't have permission to delete the "
    "following types of objects:"
)
gettext_noop(
    "Deleting the selected %(objects_name)s would result in deleting related objects,"
    " but your account doesn't have permission to delete the following types of "
    "objects:"
)
gettext_noop("Enter a new password for the user <strong>%(username)s</strong>.")
gettext_noop("Select %s")
gettext_noop("Select %s to change")
gettext_noop("Select %s to view")
gettext_noop("Select all objects on this page for an action")
gettext_noop("Select this object for an action - {}")
gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below.")
gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below.")
gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below.")
gettext_noop("You may edit it again below.")
gettext_noop(
    "Enter a valid username. This value may contain only letters, numbers, and "
    "@/./+/-/_ characters."
)
gettext_noop("Enter the same password as before, for verification.")
gettext_noop(
    'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of'
    " the following related items will be deleted:"
)
