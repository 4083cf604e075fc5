from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from clirbench.errors import DataError
from clirbench.models.scratch import train_tokenizer
from clirbench.models.settings import Scratch
from clirbench.models.translator import Translator

TEXTS = [f"neno la {'kwa ' * (i % 4)}namba {i} word for number" for i in range(40)]
SHAPE = Scratch(layers=1, width=16, heads=2, vocabulary=120, dropout=0.0)


@pytest.fixture
def translator() -> Translator:
    """A small untrained one."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Translator.build(SHAPE, TEXTS, 32)


def test_scores_of_a_batch_are_those_of_each_alone(translator: Translator) -> None:
    """Padding on either side changes nothing, and no place sees what comes after it."""
    translator.eval()
    ids = translator.tokenize(["neno la namba 3", "word", "kwa kwa kwa number 7 la"], 16)
    both = translator(ids, ids[::-1])
    for row, (source, target) in enumerate(zip(ids, ids[::-1], strict=True)):
        alone = translator([source], [target])
        length = len(target) - 1
        assert both.mask[row].sum() == length
        torch.testing.assert_close(both.tokens[row, :length], alone.tokens[0], atol=1e-5, rtol=1e-4)
        shorter = translator([source], [target[:-1]])
        torch.testing.assert_close(shorter.tokens[0], alone.tokens[0, :-1], atol=1e-5, rtol=1e-4)


def test_greedy_translation_takes_the_likeliest_piece(translator: Translator) -> None:
    """With one beam, as a loop that asks for one piece after another."""
    texts = ["neno la namba 3", "word for number"]
    found = translator.translate(texts, beams=1, length=8)
    for text, translation in zip(texts, found, strict=True):
        (source,) = translator.tokenize([text], 8)
        target = [source[0]]
        for _ in range(8):
            logits = translator([source], [[*target, 0]]).tokens[0, -1]
            target.append(int(logits.argmax()))
            if target[-1] == source[-1]:
                break
        assert translation == translator.tokenizer.decode(target, skip_special_tokens=True).strip()


def test_translation_repeats(translator: Translator, tmp_path: Path) -> None:
    """Beams draw nothing: the same model, also loaded again, gives the same texts in their order."""
    found = translator.translate(TEXTS, beams=3, length=8)
    assert found == translator.translate(TEXTS, beams=3, length=8)
    translator.save(tmp_path)
    assert Translator.load(str(tmp_path)).translate(TEXTS, beams=3, length=8) == found
    alone = [translator.translate([text], beams=3, length=8)[0] for text in TEXTS[:5]]
    assert found[:5] == alone


def saved(folder: Path, kind: str) -> Path:
    """A small model of another architecture, as transformers saves it."""
    import transformers

    tokenizer = train_tokenizer(TEXTS, 120)
    common: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "pad_token_id": 0,
        "decoder_start_token_id": 0,
        "eos_token_id": tokenizer.sep_token_id,
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "t5":
            config = transformers.T5Config(
                d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, **common
            )
            model: Any = transformers.T5ForConditionalGeneration(config)
        else:
            sizes = {
                "encoder_layers": 1,
                "decoder_layers": 1,
                "encoder_attention_heads": 2,
                "decoder_attention_heads": 2,
                "encoder_ffn_dim": 32,
                "decoder_ffn_dim": 32,
            }
            config = transformers.MarianConfig(
                d_model=16, forced_eos_token_id=None, **sizes, **common
            )
            model = transformers.MarianMTModel(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["t5", "marian"])
def test_any_model_of_transformers(kind: str, tmp_path: Path) -> None:
    """What a folder holds is loaded and translates."""
    translator = Translator.load(str(saved(tmp_path, kind)))
    found = translator.translate(["neno la namba 3", "word"], beams=2, length=6)
    assert len(found) == 2
    assert all(isinstance(text, str) for text in found)


def test_codes_of_languages(translator: Translator) -> None:
    """A model of many languages is told which; the translation begins with the target's piece."""
    tokenizer = translator.tokenizer
    first = tokenizer.tokenize("number")[0]
    told = translator.translate(["neno"], beams=1, length=4, codes=(first, first))
    assert told[0].startswith(first.strip("▁"))
    with pytest.raises(DataError, match='has no language "xx_Latn"'):
        translator.translate(["neno"], beams=1, length=4, codes=("xx_Latn", first))


@pytest.mark.parametrize("make", [lambda folder: folder, lambda folder: folder / "none"])
def test_what_is_no_model(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """An empty or missing folder is named."""
    with pytest.raises(DataError, match="cannot be loaded"):
        Translator.load(str(make(tmp_path)))
