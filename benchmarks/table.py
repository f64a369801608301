"""The figures of a benchmark as lines of text."""

from collections.abc import Iterator
from typing import Any

Rows = list[dict[str, Any]]


def show(rows: Rows, alone: dict[str, dict[str, float]]) -> None:
    """Each row's throughput beside LitServe's at the same load, by how that decodes."""
    print(
        f"{'series':7}{'who':48}{'model':20}{'prec':6}{'what':10}{'clients':>7}{'per s':>8}"
        f"{'p50':>8}{'p95':>8}{'p99':>8}{'× plain':>9}{'× own':>7}  CPU ms a picture; MB"
    )
    for r in rows:
        if "added" in r:
            continue
        compared = "".join(
            f"{r['per_second'] / best if best else 0:{width}.2f}"
            for best, width in ((best_rival(rows, r, "plain"), 9), (best_rival(rows, r, "own"), 7))
        )
        print(
            f"{r['series']:7}{r['who']:48}{r['model']:20}{r['precision']:6}{r['what']:10}"
            f"{r['clients']:7}{r['per_second']:8.1f}{r['p50_ms']:8.1f}{r['p95_ms']:8.1f}"
            f"{r['p99_ms']:8.1f}{compared}  {r['cpu_ms_per_picture']}; {r['memory_mb']}"
            + (f"  {r['errors']} ERRORS" if r["errors"] else "")
        )
    for line in lines_of_added(rows):
        print(line)
    for name, figures in alone.items():
        print(f"inference alone, {name}: " + ", ".join(f"{k} {v:.1f}" for k, v in figures.items()))


def best_rival(rows: Rows, row: dict[str, Any], decoding: str) -> float:
    """Images a second of LitServe with this decoding, at its better batch size."""
    alike = ("series", "model", "clients", "what")
    return max(
        (
            r["per_second"]
            for r in rows
            if r.get("decoding") == decoding and all(r[name] == row[name] for name in alike)
        ),
        default=0.0,
    )


def lines_of_added(rows: Rows) -> Iterator[str]:
    for r in rows:
        for kind in ("median", "quiet"):
            if found := r.get("added", {}).get(kind):
                yield (
                    f"one client, {r['model']} {r['precision']}, {kind} round: "
                    f"p50 {found['service_ms']} ms, inference alone {found['alone_ms']} ms, "
                    f"added {found['added_ms']} ms, by Server-Timing "
                    f"{found['added_by_server_timing_ms']} ms; inference at the same pace "
                    f"{found['alone_paced_ms']} ms, added to that {found['added_to_paced_ms']} ms"
                )
