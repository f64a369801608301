"""The figures of a benchmark as pictures."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def draw(rows: list[dict[str, Any]], stem: Path) -> None:
    """`<stem>-clients.png`: throughput and latency; `<stem>-workers.png`: throughput by workers."""
    new = [row for row in rows if row["what"] == "new"]
    models = sorted({row["model"] for row in new})
    figure, axes = pyplot.subplots(2, len(models), figsize=(6 * len(models), 8), squeeze=False)
    for column, model in enumerate(models):
        for who, precision in sorted(
            {(r["who"], r["precision"]) for r in new if r["model"] == model}
        ):
            line = [
                r for r in new if (r["model"], r["who"], r["precision"]) == (model, who, precision)
            ]
            clients = [row["clients"] for row in line]
            style = {"marker": "o", "label": f"{who}, {precision}"}
            axes[0][column].plot(clients, [row["per_second"] for row in line], **style)
            axes[1][column].plot(clients, [row["p50_ms"] for row in line], **style)
        for axis, title in zip(axes[:, column], ("images a second", "median, ms"), strict=True):
            axis.set(title=model, xlabel="clients", ylabel=title, xscale="log")
            axis.set_xticks([1, 16, 64], ["1", "16", "64"])
            axis.grid(alpha=0.3)
        axes[0][column].set_ylim(0, None)
        axes[1][column].set_yscale("log")
        axes[0][column].legend(fontsize="small")
    save(figure, stem.with_name(f"{stem.name}-clients.png"))

    figure, axis = pyplot.subplots(figsize=(6, 4))
    for model in models:
        line = sorted(
            (int(row["who"].split()[2]), row["per_second"])
            for row in new
            if (row["model"], row["clients"], row["precision"]) == (model, 16, "f32")
            and row["who"].startswith("this service")
        )
        axis.plot(*zip(*line, strict=True), marker="o", label=model) if line else None
    axis.set(xlabel="workers", ylabel="images a second, 16 clients", ylim=(0, None))
    axis.set_xticks([1, 2])
    axis.legend()
    axis.grid(alpha=0.3)
    save(figure, stem.with_name(f"{stem.name}-workers.png"))


def draw_memory(samples: list[tuple[float, dict[str, float]]], path: Path) -> None:
    """Megabytes of the worker and the web process against minutes."""
    figure, axis = pyplot.subplots(figsize=(8, 3.5))
    minutes = [passed / 60 for passed, _ in samples]
    for part in ("worker", "web"):
        line = [memory.get(part) for _, memory in samples]
        axis.plot(minutes, line, label=part, linewidth=0.8)
    axis.set(xlabel="minutes", ylabel="resident MB", ylim=(0, None), xlim=(0, None))
    axis.legend()
    axis.grid(alpha=0.3)
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
