"""How often words are those of NLTK: `clirbench.retrieval.treebank` against NLTKWordTokenizer.

Needs nltk, which is no dependency (`pip install nltk`), and AfriQA's files, from upstream or a mirror.

    python benchmarks/treebank.py [--mirror DIR|ZIP]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from clirbench.data.download import Cache, default_folder, default_mirror
from clirbench.data.sources.afriqa import AfriQA
from clirbench.retrieval.treebank import sentences, words


def main() -> None:
    """Compare sentence by sentence, and show the first that differ."""
    from nltk.tokenize import NLTKWordTokenizer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", type=Path, default=default_mirror())
    fetch = Cache(default_folder(), parser.parse_args().mirror)
    tokenizer = NLTKWordTokenizer()
    count = alike = 0
    for document in AfriQA().documents(fetch, "en"):
        for sentence in sentences(document.text):
            theirs, ours = tokenizer.tokenize(sentence), words(sentence)
            count += 1
            alike += theirs == ours
            if theirs != ours and count - alike <= 5:  # noqa: PLR2004 - a glance
                print(f"NLTK {theirs}\nours {ours}\n")
    print(f"{alike:,} of {count:,} sentences alike")


if __name__ == "__main__":
    main()
