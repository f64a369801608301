"""Pictures that were answered before there were vectors are found after the command ran."""

import pytest
from django.core.management import CommandError, call_command

from predictions.models import Inference
from predictions.similar import backfill, index, table
from predictions.similar.models import Vector
from predictions.similar.nearest import nearest
from tests.predictions.similar.conftest import forget
from tests.predictions.similar.vectors import seen_by, somebodys

pytestmark = pytest.mark.django_db


def answered(user, model, number=5):
    return [somebodys(user, model, [10, n, 0]) for n in range(number)]


def test_older_pictures_are_found_afterwards(user, model, capsys):
    first, second, *_ = answered(user, model)
    Vector.objects.all().delete()
    call_command("similar_backfill")
    assert "100 %: 5 of 5 answers looked at, 5 vectors added" in capsys.readouterr().out
    assert nearest(first.inference, 1)[0].image_id == second.image_id


def test_what_was_stopped_goes_on_where_it_was(user, model, monkeypatch, capsys):
    answered(user, model)
    Vector.objects.all().delete()
    monkeypatch.setattr(backfill, "AT_ONCE", 2)
    begun = backfill.fill()
    assert next(begun).added == 2
    begun.close()
    assert seen_by(model) == 2
    call_command("similar_backfill")
    assert "3 vectors added" in capsys.readouterr().out
    assert seen_by(model) == 5


def test_a_stopped_command_says_how_it_goes_on(user, model, monkeypatch):
    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setattr(backfill, "fill", stopped)
    with pytest.raises(CommandError, match="Run it again to go on"):
        call_command("similar_backfill")


def test_an_answer_without_features_is_passed_over(user, model):
    kept, *_ = answered(user, model, 2)
    Vector.objects.all().delete()
    Inference.objects.exclude(pk=kept.inference.pk).update(features=None)
    call_command("similar_backfill")
    assert Vector.objects.get().image_id == kept.image_id


def test_the_table_is_made_once_the_database_has_pgvector(user, model, without_vectors, capsys):
    answered(user, model)
    assert not table.is_there()
    call_command("similar_backfill")
    forget()  # or a minute passes
    assert table.is_there() and seen_by(model) == 5


def test_a_database_that_refuses_pgvector_is_named(user, model, without_vectors, monkeypatch):
    monkeypatch.setattr(table, "EXTENSION", "CREATE EXTENSION no_such_extension")
    with pytest.raises(CommandError, match='extension "no_such_extension"'):
        call_command("similar_backfill")
    assert not table.is_there()


@pytest.mark.django_db(transaction=True)
def test_a_large_backfill_ends_with_an_index(user, model, monkeypatch, capsys):
    pictures = answered(user, model)
    Vector.objects.all().delete()
    monkeypatch.setattr(index, "WORTHWHILE", 5)
    network = str(backfill.networks()[model.pk])
    try:
        call_command("similar_backfill")
        assert f"Building the index of {network}" in capsys.readouterr().out
        assert index.exists(network)
        assert Vector.objects.filter(is_indexed=True).count() == 5
        later = somebodys(user, model, [10, 0.4, 0])
        found = [near.image_id for near in nearest(pictures[0].inference, 2)]
        assert found == [later.image_id, pictures[1].image_id]  # indexed or not
        call_command("similar_backfill")
        assert "1 more vectors are under their index" in capsys.readouterr().out
    finally:
        index.drop(network)
