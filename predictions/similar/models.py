"""What a network sees in a picture, as a vector that PostgreSQL can compare with others."""

from django.db import models

from predictions.models import Image


class Vector(models.Model):
    """One picture in the eyes of one network; vectors of two networks are never compared.

    Its column `embedding` (pgvector's halfvec) is known to SQL alone, and the table is there only
    where the database has pgvector: see table.py.
    """

    pk = models.CompositePrimaryKey("image", "network")
    # The database deletes it with its picture: Django would ask for a table that may be missing.
    image = models.ForeignKey(
        Image, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    network = models.CharField(max_length=200, help_text="As Network is written.")
    is_indexed = models.BooleanField(
        db_default=False, help_text="On the side of the table that the HNSW index covers."
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.image_id} as {self.network} sees it"
