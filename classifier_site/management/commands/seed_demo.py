"""`manage.py seed_demo`: a database with as many predictions as somebody wants to try."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from classifier_site.demo.copying import continue_ids
from classifier_site.demo.pictures import store_pictures
from classifier_site.demo.rows import TABLES, Rows
from classifier_site.operations.overview.models import Day
from predictions.classifiers import DEFAULT, ModelVersion
from predictions.models import Image, Inference, Prediction

DOMAIN = "@demo.example"  # of the demo's people; RFC 2606 reserves it
CHUNK = 50_000  # predictions of one transaction
OLDER = "demo"  # the name of the version that answered first


class Command(BaseCommand):
    help = (
        "Fills an empty database with predictions of a year, to try pages on. They are the same "
        f"each time, belong to people at {DOMAIN}, and share some hundred pictures. To be rid of "
        "them, delete the data folder. Refuses where people have predictions, unless DEBUG is on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--predictions", type=int, default=10_000, metavar="N")

    def handle(self, *, predictions: int, **options: Any) -> None:
        self.refuse(predictions)
        version = ModelVersion.objects.filter(
            classifier__name=DEFAULT, role=ModelVersion.Role.CHAMPION
        ).first()
        if version is None:
            raise CommandError("No model answers yet: run `manage.py prepare_model` first.")
        older = version_before(version)
        people = make_people(min(max(predictions // 1000, 20), 5000))
        rows = Rows(version, older, people, store_pictures(), predictions, timezone.now())
        done = 0
        for chunk in rows.chunks(CHUNK):
            with transaction.atomic():
                chunk.save()
            done += len(chunk.predictions)
            self.stdout.write(f"{done:,} of {predictions:,} predictions")
        for model in (Image, Inference):
            continue_ids(model)
        Day.objects.all().delete()  # a worker has counted them before there was anything
        with connection.cursor() as cursor:
            models: list[type[Model]] = [User, *TABLES]
            tables = ", ".join(model._meta.db_table for model in models)
            cursor.execute(f"VACUUM (ANALYZE) {tables}")

    def refuse(self, predictions: int) -> None:
        """A database is a demo's if nobody has predictions but the demo's people."""
        if predictions < 1:
            raise CommandError("Say how many: --predictions 10000.")
        if User.objects.filter(email__endswith=DOMAIN).exists():
            raise CommandError("The demo is there already. Delete the data folder to start anew.")
        if not settings.DEBUG and Prediction.everything.exists():
            raise CommandError(
                "This database has predictions of real people. Use an empty one: "
                "CLASSIFIER_DATA=/some/folder."
            )


def version_before(version: ModelVersion) -> ModelVersion:
    """A retired copy, which answered the first two fifths."""
    copied = ModelVersion.objects.get(pk=version.pk)
    copied.pk, copied.role, copied.version, copied.buckets = None, "retired", OLDER, []
    copied._state.adding = True
    copied.save()
    return copied


def make_people(number: int) -> list[User]:
    people = [
        User(email=f"person-{at:04}{DOMAIN}", username=f"Person {at}") for at in range(number)
    ]
    for person in people:
        person.set_unusable_password()
    return User.objects.bulk_create(people)
