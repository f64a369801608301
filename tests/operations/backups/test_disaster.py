"""A backup is made under load, everything is destroyed, and nothing that was accepted is lost."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Lock

from tests.operations.backups.installation import Installation, Person

PICTURES = 300
ANSWERS = """
    SELECT prediction.id, prediction.file_name, inference.label, inference.score, inference.top_k
    FROM predictions_prediction prediction
    JOIN predictions_inference inference ON inference.id = inference_id
    JOIN accounts_user person ON person.id = user_id
    WHERE username = '{}' AND status = 'done' ORDER BY prediction.id
"""


class Load:
    """Somebody who sends and deletes pictures until told to stop."""

    def __init__(self, person: Person) -> None:
        self.person, self.stopped, self.lock = person, Event(), Lock()
        self.begun, self.accepted, self.deleted = count(), set(), set()

    def work(self) -> None:
        while not self.stopped.is_set():
            number = next(self.begun)
            sent = self.person.send((number % 256, number // 256, 200))
            with self.lock:
                self.accepted.add(sent)
            if number % 3 == 0:
                with self.lock:
                    self.deleted.add(sent)
                self.person.delete(sent)


def test_all_that_was_accepted_outlives_everything_but_the_backup(installation: Installation):
    with installation.running() as address:
        ada, eve = Person(address, "ada"), Person(address, "eve")
        sent = ada.send_all([(number % 256, number // 256, 99) for number in range(PICTURES)])
        answers = installation.rows(ANSWERS.format("ada"))
        assert len(answers) == PICTURES
        seen = {each: ada.get(each).json() for each in sent[::30]}
        for answer in seen.values():
            ada.feedback(answer)
        load = Load(eve)
        with ThreadPoolExecutor(4) as threads:
            working = [threads.submit(load.work) for _ in range(4)]
            said = installation.manage("backup", str(installation.backups))
            load.stopped.set()
            for each in working:
                each.result()
        print(f"{next(load.begun)} pictures were sent and {len(load.deleted)} deleted meanwhile")
    print(said)
    [snapshot] = (installation.backups / "snapshots").iterdir()

    installation.destroy()
    installation.create_database()
    said = installation.manage("restore", str(snapshot))
    print(said)

    pictures = installation.rows("SELECT file, size FROM predictions_image")
    for file, size in pictures:
        assert (installation.data / "media" / file).stat().st_size == size
    files = [path for path in (installation.data / "media/images").rglob("*") if path.is_file()]
    assert len(files) == len(pictures) >= PICTURES
    assert installation.rows(ANSWERS.format("ada")) == answers
    assert installation.rows("SELECT count(*) FROM feedback_feedback") == [(len(seen),)]
    kept = installation.rows(ANSWERS.format("eve"))
    with installation.running() as address:
        ada, eve = (Person(address, name, is_new=False) for name in ("ada", "eve"))
        for prediction, answer in seen.items():
            assert ada.get(prediction).json() == answer
            assert ada.get(prediction, "/image").content.startswith(b"\x89PNG")
        for prediction, *_ in kept[:30]:
            assert eve.get(prediction, "/image").status_code == 200
        eve.send((1, 2, 3))
    print(f"{len(kept)} of those that were sent meanwhile are in the backup")
