"""`up --dev`: the site and the workers are started again when their code has changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from watchfiles import PythonFilter, watch

from classifier_site.one_machine.supervisor import Supervisor

NOT_OF_THE_SERVICE = {"tests", "benchmarks"}


@contextmanager
def restarting_on_changes(
    supervisor: Supervisor, names: Iterable[str], base: Path
) -> Iterator[None]:
    """Restart the children of these names whenever Python code or a translation changes.

    Templates, scripts and style sheets need no restart: with DEBUG they are read each time.
    """
    packages = {path.parent.name for path in base.glob("*/__init__.py")} - NOT_OF_THE_SERVICE
    folders = [base / name for name in (*packages, "locale")]
    stop = Event()

    def follow() -> None:
        changed_code = PythonFilter(extra_extensions=[".mo"])
        for changes in watch(*folders, watch_filter=changed_code, stop_event=stop):
            first = min(Path(path) for _, path in changes)
            supervisor.say(f"== {first.relative_to(base)} has changed")
            for name in names:
                supervisor.restart(name)

    thread = Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
