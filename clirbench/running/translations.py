"""From a method that translates to the stage of its translations."""

from __future__ import annotations

from clirbench.data.lock import Lock
from clirbench.methods.nmt import NMT
from clirbench.running.stage import Data, checksums
from clirbench.running.stages.perturbed import PerturbedStage
from clirbench.running.stages.translation import TranslationStage, TranslatorStage
from clirbench.spec.model import LanguagePair

__all__ = ["translation_of"]


def translation_of(
    method: NMT,
    pair: LanguagePair,
    label: str,
    *,
    title: str,
    translator: TranslatorStage | None,
    lock: Lock | None,
    collection: Data,
    perturbed: PerturbedStage | None,
) -> TranslationStage:
    """Lay out the translation of a pair's topics.

    Args:
        method: how they are translated.
        pair: of languages.
        label: of the method.
        title: for people.
        translator: that is trained; none: the method's model as it is.
        lock: knows commits of models of a hub.
        collection: has the topics.
        perturbed: what they have become; none: they are as they are.
    """
    sides = pair.query, pair.documents
    model = method.model.replace("{query}", sides[0]).replace("{documents}", sides[1])
    return TranslationStage(
        title=title,
        translator=translator,
        model=model,
        checksums=None if translator else checksums(model, f"method.{label}.model"),
        revision=lock.commit(model, method.revision) if lock else method.revision,
        codes=(method.codes.get(sides[0], sides[0]), method.codes.get(sides[1], sides[1]))
        if method.codes
        else None,
        prefix=method.prefix,
        beams=method.beams,
        length=method.length,
        collection=collection,
        language=pair.query,
        perturbed=perturbed,
    )
