"""Job titles in several languages to a level: c_level, vp, director, manager, staff."""

from __future__ import annotations

import re
from functools import lru_cache

from router.intake.normalise.spelling import plain
from router.intake.normalise.text import is_placeholder

_DOTTED = re.compile(r"(?<=\b\w)\.(?=\w\b|\s|$)")
"""Dots of initials: ``C.E.O.``"""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(pattern.split())})\b".replace("_", " "))


# Asked in this order. Titles arrive without accents: `directeur general`, `geschaftsfuhrer`.
_LEVELS = (
    (
        "staff",
        _words(
            r"assistant assistante assistent assistentin asistente sekretar\w* secretary"
            r" secretaire secretari[oa] assistant_to intern praktikant(?:in)? stagiaire becari[oa]"
            r" werkstudent(?:in)? trainee student(?:in)? apprentice azubi (?:product|process)_owner"
        ),
    ),
    (
        "vp",
        _words(
            r"[es]?vp (?:senior_|executive_)?vice_president vice_presidente?a?"
            r" vicepresident[ea]? vizeprasident(?:in)?"
        ),
    ),
    (
        "c_level",
        _words(
            r"c[a-z]o ciso chief_(?:\w+_){1,3}officer chief_(?:\w+_)?executive chief president"
            r" presidente?a? (?:co_?)?founder owner managing_director managing_partner"
            r" (?:haupt)?geschaftsfuhr\w* vorstand\w* inhaber(?:in)? grunder(?:in)? p_?d_?g"
            r" directeurs?_general\w* directrice_general\w* gerant[e]? fondat\w+ proprietaire"
            r" director_general directora_general consejer[oa]_delegad[oa] fundador[a]?"
            r" propietari[oa] amministratore_delegato titolare"
        ),
    ),
    (
        "manager",
        _words(
            r"abteilungsleit\w* teamleit\w* gruppenleit\w* projektleit\w* schichtleit\w*"
            r" chef_de_projet chef_d_equipe chef_de_produit"
        ),
    ),
    (
        "director",
        _words(
            r"director[a]? directeur directrice direktor(?:in)? direttore direttrice"
            r" head head_of bereichsleit\w* hauptabteilungsleit\w* leiter(?:in)?"
            r" \w{4,}leiter(?:in)?"
        ),
    ),
    (
        "manager",
        _words(
            r"manager(?:in)? lead supervisor gerente jef[ea] responsable chef cheffe"
            r" encargad[oa] responsabile coordinador[a]? teamlead principal"
        ),
    ),
)  # fmt: skip


@lru_cache(maxsize=32_768)
def read_role(job_title: str) -> str | None:
    """The level a job title speaks of; None for an empty one."""
    title = plain(_DOTTED.sub("", job_title))
    if not title or is_placeholder(job_title):
        return None
    return next((level for level, words in _LEVELS if words.search(title)), "staff")
