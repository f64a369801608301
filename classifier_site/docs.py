"""/schema, /docs and /redoc, which describe themselves too."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="This description, as OpenAPI 3",
        operation_id="schema",
        auth=[],
        parameters=[],
        responses={(200, "application/vnd.oai.openapi"): OpenApiTypes.OBJECT},
    )
)
class SchemaView(SpectacularAPIView):
    pass


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="This description, to read and try (Swagger UI)",
        operation_id="docs",
        auth=[],
        responses={(200, "text/html"): OpenApiTypes.STR},
        exclude=False,
    )
)
class DocsView(SpectacularSwaggerView):
    pass


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="This description, to read (Redoc)",
        operation_id="redoc",
        auth=[],
        responses={(200, "text/html"): OpenApiTypes.STR},
        exclude=False,
    )
)
class RedocView(SpectacularRedocView):
    pass
