"""Scenes: what a code is shown for, and which claims travel in it (Art. 2, 14, 17).

No code carries a name or a number in clear, or anything that two kinds of unit could compare. The key set publishes this register to
verifiers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from ecard.domain.units import UnitKind


@dataclass(frozen=True, slots=True)
class SceneRule:
    """One registered scene: its number and name in tokens, its attributes, and the unit kind its pseudonym is made for.

    ``discloses`` is what a unit may learn online from a code of this scene, as far as its own grant goes too: the holder chose the scene.
    ``sector`` are the kinds of unit that it discloses that to; None: to any.
    """

    id: int
    name: str
    attributes: tuple[str, ...] = ()
    unit_kind: UnitKind | None = None
    discloses: tuple[str, ...] = ()
    sector: frozenset[UnitKind] | None = None

    def discloses_to(self, kind: UnitKind, grant: Sequence[str]) -> tuple[str, ...]:
        """What a unit of that kind, with that grant, may learn online, in the order of the grant."""
        if self.sector is not None and kind not in self.sector:
            return ()
        return tuple(name for name in grant if name in self.discloses)


SCENES: dict[str, SceneRule] = {
    rule.name: rule
    for rule in (
        SceneRule(1, "identity", discloses=("name", "document_number", "card_number", "concession")),
        SceneRule(2, "transit", ("concession", "pseudonym"), UnitKind.TRANSPORT, discloses=("concession",)),
        SceneRule(
            3,
            "medical",
            ("sealed",),
            discloses=("name", "document_number", "card_number", "insurance"),
            sector=frozenset({UnitKind.HEALTH, UnitKind.MEDICAL_INSURANCE}),
        ),
    )
}


SECTORS: dict[str, tuple[UnitKind, ...]] = {
    "medical": (UnitKind.HEALTH, UnitKind.MEDICAL_INSURANCE),
}
"""Scenes whose sealed claims (token format, 1.5) a whole sector may open, and the kinds of unit that are this sector."""


class Concession(IntEnum):
    """Fare classes of the transit scene; the numbers are those of the token format."""

    NONE = 0
    SENIOR_65 = 1
    SENIOR_60 = 2
    DISABLED = 3
    STUDENT = 4
    MINOR = 5
    VETERAN = 6


def concession_of(registered: Concession, born: date | None, on: date) -> Concession:
    """The fare class in force on a day: one registered for the person, else the one that age gives."""
    if registered is not Concession.NONE or born is None:
        return registered
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if age >= 65:
        return Concession.SENIOR_65
    if age >= 60:
        return Concession.SENIOR_60
    return Concession.NONE
