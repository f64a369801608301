"""What pages say about the service itself."""

from django import template

from classifier_site import __version__

register = template.Library()


# Not a context processor: error pages are also rendered without a request.
@register.simple_tag
def version() -> str:
    return __version__
