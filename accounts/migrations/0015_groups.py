"""Groups of staff with the permissions that their work takes, to begin with.

Administrators can change them; a group that has one of these names already stays as it is.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

REVIEWER = [
    "review.add_decision",
    "review.view_decision",
    "feedback.view_feedback",
    "predictions.view_image",
    "predictions.view_inference",
    "predictions.view_prediction",
]
MODEL_MANAGER = [
    "review.view_decision",
    "feedback.view_feedback",
    "predictions.view_inference",
    "predictions.view_modelversion",
    "predictions.change_modelversion",
    "predictions.delete_modelversion",
    "predictions.view_rolechange",
    "predictions.view_classifier",
    "predictions.change_classifier",
    "predictions.delete_classifier",
    "data_sets.add_datasetexport",
    "data_sets.add_datasetimport",
]
SUPPORT = [
    "accounts.view_user",
    "accounts.change_user",
    "feedback.view_feedback",
    "predictions.view_prediction",
    "predictions.view_classifier",
    "webhooks.view_webhook",
]
ADMINISTRATOR = [
    "accounts.add_user",
    "accounts.delete_user",
    "accounts.view_auditevent",
    "feedback.delete_feedback",
    "predictions.delete_prediction",
    "predictions.manage_queues",
]
GROUPS = {
    "Reviewer": REVIEWER,
    "Model manager": MODEL_MANAGER,
    "Support": SUPPORT,
    "Administrator": sorted({*REVIEWER, *MODEL_MANAGER, *SUPPORT, *ADMINISTRATOR}),
}
APPS = ["accounts", "predictions", "webhooks", "feedback", "review", "data_sets"]


def add_groups(apps, schema_editor):
    make_permissions(apps)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, rights in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            for right in rights:
                app, codename = right.split(".")
                group.permissions.add(
                    Permission.objects.get(content_type__app_label=app, codename=codename)
                )


def make_permissions(apps):
    """Django makes them after all migrations, which is too late for these."""
    for label in APPS:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_scope_to_teach"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("data_sets", "0001_initial"),
        ("feedback", "0004_noticed"),
        ("predictions", "0013_inference_failed"),
        ("review", "0001_initial"),
        ("webhooks", "0001_initial"),
    ]

    operations = [migrations.RunPython(add_groups, migrations.RunPython.noop)]
