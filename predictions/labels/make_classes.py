"""Writes `classes.tsv` from WordNet 3.0: `python -m predictions.labels.make_classes`.

Needs Debian's package `wordnet-base`, whose `data.noun` has the original byte offsets that synset
ids are made of: `n02124075` is the line at byte 2124075. The format of its lines is in wndb(5WN).
"""

import sys
from pathlib import Path
from typing import NamedTuple

from predictions.inference.labels import Label, labels

DATA = Path("/usr/share/wordnet/data.noun")
TABLE = Path(__file__).with_name("classes.tsv")

# Names that stand for two classes, and what tells them apart.
WHICH = {
    "n02012849": "bird",  # crane
    "n03126707": "machine",
    "n02113186": "dog",  # Cardigan
    "n02963159": "garment",
    "n03710637": "tights",  # maillot
    "n03710721": "swimsuit",
    "n03773504": "rocket",  # missile
    "n04008634": "weapon",  # projectile, of which missile is another name
    "n04355933": "lens",  # sunglass
    "n04356056": "eyewear",  # sunglasses
}
COLUMNS = ("key", "name", "synonyms", "gloss", "groups")
# What everything is, which finds nothing.
TOO_WIDE = {"entity", "physical entity", "object", "whole", "abstraction", "matter"}


class Synset(NamedTuple):
    names: list[str]
    gloss: str
    hypernyms: list[int]  # offsets


def read_synset(data: bytes, offset: int) -> Synset:
    """The noun at this byte of `data.noun`.

    Raises ValueError if no synset begins there: another WordNet than 3.0.
    """
    line = data[offset : data.index(b"\n", offset)].decode()
    head, _, gloss = line.partition(" | ")
    fields = head.split(" ")
    if fields[0] != f"{offset:08}" or fields[2] != "n":
        raise ValueError(f"No noun begins at byte {offset}.")
    count = int(fields[3], 16)
    names = [name.replace("_", " ") for name in fields[4 : 4 + 2 * count : 2]]
    pointers = fields[5 + 2 * count :]  # four fields each: symbol, offset, part of speech, source
    hypernyms = [
        int(pointers[at + 1])
        for at in range(0, len(pointers), 4)
        if pointers[at] in ("@", "@i") and pointers[at + 2] == "n"
    ]
    definition = gloss.split('; "')[0].strip()
    return Synset(names, definition, hypernyms)


def groups(data: bytes, synset: Synset) -> list[str]:
    """The names of everything that the synset is a kind of, the nearest first."""
    found: list[str] = []
    ahead, seen = list(synset.hypernyms), set[int]()
    while ahead:
        offset = ahead.pop(0)
        if offset in seen:
            continue
        seen.add(offset)
        group = read_synset(data, offset)
        if group.names[0] not in TOO_WIDE:
            found.append(", ".join(group.names))
        ahead += group.hypernyms
    return found


def row(data: bytes, label: Label) -> str:
    synset = read_synset(data, int(label.synset[1:]))
    name = label.name.replace("_", " ")
    synonyms = [other for other in synset.names if other != name]
    if which := WHICH.get(label.synset):
        name = f"{name} ({which})"
    return "\t".join(
        [label.synset, name, "; ".join(synonyms), synset.gloss, "; ".join(groups(data, synset))]
    )


if __name__ == "__main__":
    data = DATA.read_bytes()
    rows = ["\t".join(COLUMNS), *(row(data, label) for label in labels())]
    TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    sys.stdout.write(f"{TABLE.name}: {len(labels())} classes\n")
