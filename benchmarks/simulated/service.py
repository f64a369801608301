"""One service: web processes, database, queue and workers, and what a picture does at each.

Each step is that of the code: a request in a thread of the web process (predictions/services.py,
predictions/recording.py), its wait for the answer (predictions/queueing/queue.py), and the worker's
two batches, one that runs and one that is being decoded (predictions/queueing/worker.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from simpy import Environment, Event, Process, Resource

from benchmarks.simulated.cores import Cores, Steps
from benchmarks.simulated.costs import Costs


@dataclass(eq=False)
class Picture:
    answered: Event
    decoded: Process | None = None


@dataclass
class Machine:
    """What the parts share. `cores`: of a part's own, or the same ones for several."""

    env: Environment
    costs: Costs
    web: list[Cores]
    postgres: Cores
    valkey: Cores
    workers: list[Cores]
    clients: Cores
    threads: int = 1  # of a worker: CLASSIFIER_THREADS
    web_threads: int = 32  # WEB_THREADS
    batch_size: int = 16  # CLASSIFIER_BATCH_SIZE
    batches: list[int] = field(default_factory=list)  # sizes of those that ran

    def busy(self) -> dict[str, float]:
        """How much of each part's cores was used so far, from 0 to 1."""
        parts = {
            "web": self.web,
            "postgres": [self.postgres],
            "valkey": [self.valkey],
            "worker": self.workers,
        }
        return {
            name: sum(each.busy for each in cores)
            / sum(each.number for each in cores)
            / self.env.now
            for name, cores in parts.items()
        }


class Service:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.queue = Queue(machine.env)
        self.commands = Resource(machine.env, 1)  # Valkey runs them one after the other
        self.web = [Web(self, cores) for cores in machine.web]
        for cores in machine.workers:
            machine.env.process(Worker(self, cores).work())

    def state(self, milliseconds: float) -> Steps:
        """A statement of PostgreSQL, each of whose connections has a process."""
        yield from self.machine.postgres.run(milliseconds)
        yield self.machine.env.timeout(self.machine.costs.wake)

    def command(self, milliseconds: float) -> Steps:
        with self.commands.request() as turn:
            yield turn
            yield from self.machine.valkey.run(milliseconds)
        yield self.machine.env.timeout(self.machine.costs.wake)


class Queue:
    """RQ's list, from which a worker takes what there is."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.waiting: list[Picture] = []
        self.listening: list[Event] = []  # idle workers

    def put(self, picture: Picture) -> None:
        if self.listening:
            self.listening.pop(0).succeed([picture])
        else:
            self.waiting.append(picture)

    def take(self, most: int) -> list[Picture]:
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    def listen(self) -> Event:
        """Yields the first picture, as soon as there is one."""
        heard = self.env.event()
        if self.waiting:
            heard.succeed(self.take(1))
        else:
            self.listening.append(heard)
        return heard


class Web:
    """One process: threads that wait, of which one at a time runs Python."""

    def __init__(self, service: Service, cores: Cores) -> None:
        env = service.machine.env
        self.service, self.cores = service, cores
        self.threads = Resource(env, service.machine.web_threads)
        self.python = Resource(env, 1)

    def run_python(self, milliseconds: float) -> Steps:
        with self.python.request() as turn:
            yield turn
            yield from self.cores.run(milliseconds)

    def answer(self) -> Steps:
        """One request for a new picture, from its arrival to its answer."""
        machine, service = self.service.machine, self.service
        env, costs = machine.env, machine.costs
        with self.threads.request() as thread:
            yield thread
            yield from self.run_python(costs.web_before)
            yield from service.state(costs.record)
            yield env.timeout(costs.commit)
            yield from self.run_python(costs.web_enqueue)
            yield from service.command(costs.enqueue)
            picture = Picture(env.event())
            service.queue.put(picture)
            yield env.timeout(costs.flush)  # of the file; a worker is at it meanwhile
            yield picture.answered
            yield env.timeout(costs.wake)
            yield from self.run_python(costs.web_after)


class Worker:
    """`PredictionWorker.execute_job`, step by step."""

    def __init__(self, service: Service, cores: Cores) -> None:
        self.service, self.cores = service, cores
        self.machine = service.machine
        self.decoders = Resource(self.machine.env, self.machine.threads)

    def work(self) -> Steps:
        queue, most = self.service.queue, self.machine.batch_size
        while True:
            batch: list[Picture] = yield queue.listen()
            yield from self.take_in_hand(batch)
            if others := queue.take(most - 1):
                yield from self.take_in_hand(others)
                batch += others
            while batch:
                following = queue.take(most) if len(batch) > 1 else []
                if following:
                    yield from self.take_in_hand(following)
                yield from self.run(batch)
                # Here the worker looks for newcomers, who go before those that follow; in this
                # model all pictures are one person's.
                batch = following

    def take_in_hand(self, batch: list[Picture]) -> Steps:
        costs, number = self.machine.costs, len(batch)
        yield from self.cores.run(costs.begin.of(number))
        yield from self.service.command(costs.taken.of(number))
        for picture in batch:
            picture.decoded = self.machine.env.process(self.decode())
        yield from self.service.state(costs.running.of(number))

    def decode(self) -> Steps:
        with self.decoders.request() as thread:
            yield thread
            yield from self.cores.run(self.machine.costs.decode)

    def run(self, batch: list[Picture]) -> Steps:
        costs, number = self.machine.costs, len(batch)
        yield self.machine.env.all_of([picture.decoded for picture in batch])
        self.machine.batches.append(number)
        yield from self.infer(number)
        yield from self.service.state(costs.save.of(number))
        yield from self.cores.run(costs.finish.of(number))
        yield from self.service.command(costs.tell.of(number))
        for picture in batch:
            picture.answered.succeed()
        yield from self.cores.run(costs.tidy.of(number))
        yield from self.service.command(costs.tell.of(number))

    def infer(self, number: int) -> Steps:
        costs = self.machine.costs
        for size in slices(number, costs.slice):
            if costs.elsewhere:
                yield self.machine.env.timeout(costs.elsewhere * size)
            else:
                yield from self.cores.run_together(
                    costs.inference.of(size),
                    self.machine.threads,
                    costs.by_two.of(size),
                )


def slices(number: int, most: int) -> Iterator[int]:
    """As the engine cuts a batch (predictions/inference/engines/openvino.py)."""
    while number > 0:
        yield min(number, most)
        number -= most
