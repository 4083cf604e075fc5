"""How sure is a teacher which English sentence of a batch is which, at a softmax temperature?

    python benchmarks/similarity.py BACKBONE [BACKBONE ...] [--mirror DIR|ZIP]

The target of `similarity-kl` is the softmax of the teacher's cosines between the English sentences of a
batch. Where it gives all to the sentence itself, the loss is that of `sentence-contrastive`. Printed for
512 English sentences of Tatoeba in batches of 32, means over all rows: the entropy in nats, of at most
ln 32 = 3.47, and the share that the sentence itself gets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch import Tensor
from torch.nn.functional import normalize

from clirbench.data.download import Cache, default_folder, default_mirror
from clirbench.data.sources.tatoeba import Tatoeba
from clirbench.models.build import build_encoder
from clirbench.spec.model import Teacher

SENTENCES, BATCH, LENGTH = 512, 32, 64
TEMPERATURES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def target(cosines: Tensor, temperature: float) -> tuple[float, float]:
    """Mean entropy of the rows of (…, B, B) cosines under a softmax, and mean share of the diagonal."""
    shares = (cosines / temperature).softmax(-1)
    entropy = -(shares * shares.clamp(min=1e-30).log()).sum(-1).mean()
    return float(entropy), float(shares.diagonal(dim1=-2, dim2=-1).mean())


def main() -> None:
    """Print a table for each backbone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backbone", nargs="+")
    parser.add_argument("--mirror", type=Path, default=default_mirror())
    arguments = parser.parse_args()
    pairs = Tatoeba().pairs(Cache(default_folder(), arguments.mirror), "tl")
    english = list(dict.fromkeys(pair.english for pair in pairs))[:SENTENCES]
    for backbone in arguments.backbone:
        encoder = build_encoder(Teacher(backbone=backbone), list)
        batches = normalize(encoder.tokens(english, LENGTH).means(), dim=1).split(BATCH)
        cosines = [batch @ batch.T for batch in batches]
        print(f"{backbone}\n\n| temperature | entropy | share |\n| --: | --: | --: |")
        for temperature in TEMPERATURES:
            found = [target(each, temperature) for each in cosines]
            entropy, share = (sum(side) / len(found) for side in zip(*found, strict=True))
            print(f"| {temperature} | {entropy:.3f} | {share:.3f} |")
        print(flush=True)


if __name__ == "__main__":
    main()
