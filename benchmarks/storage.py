"""What pictures in S3 cost beside a folder, with an S3 server (SeaweedFS) on the same machine.

    python -m benchmarks.storage [--rounds 3] [--clients 1 16] [--many 150]

Two services with the real model, one after the other in each round; new pictures of 87 kB.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks import client
from benchmarks.capacity import Pictures
from benchmarks.service import Running, service, sign_in
from tests.s3_server import SITE, S3Server

WARM_UP = 30


def run(running: Running, pictures: Pictures, many: int, clients: int) -> client.Load:
    headers = sign_in(running.port)
    new = pictures.take(many)
    return client.run("127.0.0.1", running.port, "/model/predict", new, clients, headers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", nargs="*", type=int, default=[1, 16])
    parser.add_argument("--many", type=int, default=150)
    asked = parser.parse_args()
    pictures = Pictures()
    found: dict[tuple[str, int], list[client.Load]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="classifier-storage-") as folder:
        data, s3 = Path(folder) / "data", S3Server(Path(folder) / "s3")
        s3.start()
        try:
            places = {"folder": {}, "S3": {"MEDIA_URL": s3.url("site"), **SITE}}
            for _ in range(asked.rounds):
                for name, variables in places.items():
                    with service(data, CLASSIFIER_MODEL="efficientnet-lite0", **variables) as site:
                        run(site, pictures, WARM_UP, 4)
                        for clients in asked.clients:
                            load = run(site, pictures, asked.many, clients)
                            found[name, clients].append(load)
                            show(name, clients, load.throughput, load.percentile(50), load.errors)
        finally:
            s3.kill()
    print("medians:")
    for (name, clients), loads in found.items():
        throughput = median(load.throughput for load in loads)
        p50 = median(load.percentile(50) for load in loads)
        show(name, clients, throughput, p50, sum(load.errors for load in loads))


def show(name: str, clients: int, throughput: float, p50: float, errors: int) -> None:
    line = f"{name:7} {clients:3} clients: {throughput:6.1f}/s, p50 {p50:6.1f} ms"
    print(line + (f", {errors} ERRORS" if errors else ""), file=sys.stdout, flush=True)


if __name__ == "__main__":
    os.environ.pop("MEDIA_URL", None)
    main()
