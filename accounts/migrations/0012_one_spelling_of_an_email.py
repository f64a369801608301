from django.db import migrations, models

from accounts.email_addresses import normalise


def spell_the_same(apps, schema_editor):
    """Of several accounts with one mailbox the first gets the usual spelling.

    The others keep theirs: `manage.py check --database default` names them.
    """
    people = apps.get_model("accounts", "User").objects.all()
    for person in people.filter(email__regex="[^ -~]").order_by("pk"):
        usual = normalise(person.email)
        if len(usual) <= 254 and not people.filter(email=usual).exists():
            people.filter(pk=person.pk).update(email=usual)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0011_apitoken_second_factor"),
    ]

    operations = [
        migrations.RunPython(spell_the_same, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("email__regex", "[^ -~]")),
                fields=["email"],
                name="user_email_in_unicode",
            ),
        ),
    ]
