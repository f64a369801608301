"""Lists of the admin that take no longer when their tables grow.

An index finds the newest rows of one thing that is asked for, at most MOST of them. All other
filters, words of a search and the order of a column concern these rows alone. Where that leaves
something out, the page says so; older rows are found by choosing a time.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from foundation.postgresql.replica.reading import alias_for

MOST = 2_000

Asked = dict[str, Any]  # conditions in the address: look-ups and their values
FROM, BEFORE = "created_at__gte", "created_at__lt"

# Where the rows of a time begin among ids that grow with it: PostgreSQL halves the ids, with one
# look at the primary key each time.
HALVE = """
    WITH RECURSIVE halved(low, high) AS (
        SELECT min(id), max(id) + 1 FROM {table}
        UNION ALL
        SELECT CASE WHEN is_before THEN middle + 1 ELSE low END,
            CASE WHEN is_before THEN high ELSE middle END
        FROM (
            SELECT low, high, (low + high) / 2 AS middle, (
                SELECT created_at < %s FROM {table}
                WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1
            ) AS is_before
            FROM halved WHERE low < high
        ) AS looked_at
    )
    SELECT max(low) FROM halved
"""


def id_at(model: type[Model], time: datetime) -> int:
    """The first id of the rows from this time on. Zero if there are no rows at all."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(HALVE.format(table=table), [time])
        return int(cursor.fetchone()[0] or 0)


class Newest(NamedTuple):
    """The rows that a list looks at."""

    condition: Q
    leaves_out: bool  # older ones


def of_time(asked: Asked) -> Q:
    """The time that is asked for, where an index has `created_at`."""
    return Q(**{name: asked[name] for name in (FROM, BEFORE) if name in asked})


def newest_by(field: str, rows: QuerySet[Any]) -> Newest:
    """The last rows by a field with an index, by which the list is in order, too."""
    oldest, leaves_out = oldest_by(field, rows, MOST)
    return Newest(Q((f"{field}__gte", oldest)) if leaves_out else Q(), leaves_out)


def oldest_by(field: str, rows: QuerySet[Any], most: int) -> tuple[Any, bool]:
    """Where the newest end, and whether there are more; without more, they have no end."""
    found = list(rows.order_by(f"-{field}").values_list(field, flat=True)[most - 1 : most + 1])
    return (found[0], True) if len(found) == 2 else (None, False)


def newest_by_id(rows: QuerySet[Any], asked: Asked) -> Newest:
    """The last rows of the time that is asked for, where only their ids are in an index."""
    model, ids = rows.model, Q()
    if FROM in asked:
        ids &= Q(pk__gte=id_at(model, asked[FROM]))
    if BEFORE in asked:
        ids &= Q(pk__lt=id_at(model, asked[BEFORE]))
    newest = newest_by("pk", rows.filter(ids))
    return newest._replace(condition=ids & newest.condition)


def newest_of(*each: QuerySet[Any], by: str = "created_at", of: str = "") -> Newest:
    """As many of each as there is room for, by an index that ends with the field `by`.

    PostgreSQL finds them first, and does not go through all rows in the list's order to see which
    are among them: it would not know that the last of some are long ago. Their oldest keeps it from
    reading all that fulfil the same condition outside.

    of: where the list's look-ups find them, such as `inference__`.
    """
    if not each:
        return Newest(Q(pk__in=[]), leaves_out=False)
    share = MOST // len(each)
    found = [rows.order_by(f"-{by}").values("pk")[:share] for rows in each]
    several = found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]
    condition = Q((f"{of}pk__in", several))
    ends = [oldest_by(by, rows, share) for rows in each]
    if all(leaves_out for _, leaves_out in ends):
        condition &= Q((f"{of}{by}__gte", min(oldest for oldest, _ in ends)))
    return Newest(condition, any(leaves_out for _, leaves_out in ends))


def read_time(value: Any) -> datetime:
    """Raises IncorrectLookupParameters."""
    if isinstance(value, datetime):
        return value
    try:
        time = parse_datetime(str(value)) or parse_date(str(value))
    except ValueError as error:
        raise IncorrectLookupParameters from error
    if time is None:
        raise IncorrectLookupParameters
    if not isinstance(time, datetime):
        time = datetime(time.year, time.month, time.day)
    return time if timezone.is_aware(time) else timezone.make_aware(time)


class PeriodFilter(admin.DateFieldListFilter):
    """With two days to type in, for any time."""

    template = "admin/period_filter.html"

    def __init__(
        self, field: Any, request: HttpRequest, params: dict[str, Any], *others: Any, **named: Any
    ) -> None:
        for name in (FROM, BEFORE):  # as its form sends what is left empty
            if params.get(name) == [""]:
                del params[name]
        super().__init__(field, request, params, *others, **named)
        self.title = _("time")
        used: Any = self.used_parameters
        self.asked: Asked = used
        for values in used.values():
            values[:] = [read_time(value) for value in values]

    def choices(self, changelist: Any) -> Any:
        self.kept = hidden(changelist, FROM, BEFORE)
        self.days = [
            (label, name, self.day(name))
            for label, name in ((_("From"), FROM), (_("Before"), BEFORE))
        ]
        return super().choices(changelist)

    def day(self, name: str) -> str:
        values = self.asked.get(name)
        return timezone.localtime(values[-1]).date().isoformat() if values else ""


def hidden(changelist: Any, *without: str) -> list[tuple[str, str]]:
    """What a filter's form sends along: all else that is asked for."""
    return [
        (name, value)
        for name, values in changelist.filter_params.items()
        if name not in without
        for value in (values if isinstance(values, list) else [values])
    ]


class BoundedList(ChangeList):
    model_admin: "BoundedAdmin"

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        specs: Any
        remaining: Any
        specs, _has_filters, remaining, *_ = found
        used = [remaining, *(spec.used_parameters for spec in specs)]
        self.asked: Asked = {name: last(value) for names in used for name, value in names.items()}
        for name in {FROM, BEFORE} & self.asked.keys():
            self.asked[name] = read_time(self.asked[name])
        return found

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.root_queryset = self.root_queryset.using(alias_for(request))
        found = super().get_queryset(request, exclude_parameters)
        sought = self.model_admin.read_search(self.query)
        newest = self.model_admin.newest(self.asked, sought)
        self.leaves_out = newest.leaves_out
        return found.filter(newest.condition, self.model_admin.says(sought))

    def get_results(self, request: HttpRequest) -> None:
        """First which rows the page has, then these with all that they show."""
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True))
        rows = self.apply_select_related(self.root_queryset).in_bulk(keys)
        self.result_list: Any = [rows[key] for key in keys if key in rows]


def last(value: Any) -> Any:
    """Of what an address says several times."""
    return value[-1] if isinstance(value, list) and value else value


class BoundedAdmin(admin.ModelAdmin):
    """For a table that grows with use. Its rows are found by the time of `created_at`."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count all rows

    def newest(self, asked: Asked, sought: Any) -> Newest:
        """What an index finds of that which the filters and the search let through.

        sought: as read_search gives it.
        """
        return newest_by_id(self.model._default_manager.all(), asked)

    def read_search(self, query: str) -> Any:
        return query.strip()

    def says(self, sought: Any) -> Q:
        """The condition of a search."""
        return Q()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset, False  # BoundedList asks `says`

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context: Any = getattr(response, "context_data", {})  # a redirect has none
        if "cl" in context and context["cl"].leaves_out:
            context["subtitle"] = _(
                "Of the newest %(most)s. Choose a time, a filter or a search to see older ones."
            ) % {"most": number_format(MOST, force_grouping=True)}
        return response
