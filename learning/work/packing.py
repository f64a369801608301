"""Writes a version's ZIP, or reads one that somebody has brought."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.base import File

from learning.archives import still_let_in
from learning.background import Cancelled
from learning.exporting.importing import import_version
from learning.exporting.package import write_package
from learning.models import Package
from predictions.inference.progress import Progress


def perform(package: Package, report: Progress) -> None:
    """Raises what `report` raises, TeachingRefused, ModelError and OSError."""
    if package.is_import:
        read(package, report)
    else:
        write(package, report)


def write(package: Package, report: Progress) -> None:
    report("packing")
    if package.version is None:
        raise Cancelled
    # Where there is room for it: /tmp may be memory.
    with TemporaryDirectory(dir=settings.MODEL_STORE, prefix=".exporting-") as folder:
        path = Path(folder) / "package.zip"
        write_package(package.version, path)
        with path.open("rb") as file:
            package.file.save("package.zip", File(file), save=False)
    try:
        package.finish(file=package.file.name)
    except BaseException:
        package.file.delete(save=False)
        raise


def read(package: Package, report: Progress) -> None:
    report("checking")
    still_let_in(package)
    try:
        with package.file.open("rb") as file:
            version = import_version(file, package.classifier, networks=package.may_bring_network)
    finally:
        package.forget_file()
    package.finish(version=version)
