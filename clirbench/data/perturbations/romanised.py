"""Topics in Latin letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import ClassVar

import langcodes

from clirbench.data.languages import scripts
from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.data.scripts import script
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["Romanised"]


@settings
class Romanised(Perturbation):
    """Words of other scripts are written in Latin letters, as on a Latin keyboard."""

    name: ClassVar[str] = "romanised"
    reference: ClassVar[str] = "Hermjakob, May & Knight, ACL 2018 (uroman)"

    @classmethod
    def applies(cls, language: str) -> bool:
        """Whether the language is written in another script than the Latin one."""
        return scripts(language) != frozenset({"LATIN"})

    def suits(self, piece: str, known: Known) -> bool:  # noqa: ARG002
        """A word with a letter that is not Latin."""
        return any(map(_foreign, piece))

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """By uroman; letters that it does not know are left out."""
        roman, code = _romaniser(), langcodes.get(known.language).to_alpha3()
        for place in places:
            latin = roman(found[place], code)
            found[place] = "".join(c for c in latin if not _foreign(c))
        return "".join(found)


def _foreign(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" and script(character) not in {
        "LATIN",
        "COMBINING",
        "MODIFIER",
    }


@cache
def _romaniser() -> Callable[[str, str], str]:
    try:
        from uroman import Uroman
    except ImportError:
        raise DataError(
            'romanised topics need uroman: pip install "clirbench[robustness]"'
        ) from None
    own = Uroman()
    return lambda text, code: str(own.romanize_string(text, lcode=code))
