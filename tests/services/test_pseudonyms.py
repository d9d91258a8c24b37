"""Who a card is toward a unit: the same within a kind, unlinkable between kinds, whatever serial the card has."""

from __future__ import annotations

from itertools import combinations

from ecard.domain.scenes import SCENES, SceneRule
from ecard.domain.units import UnitKind
from ecard.services.card_claims import pseudonym
from signing import parse_unverified
from tests.services.issuing import issuer_of, publish_sector_key
from tests.services.lists import find, lose
from tests.town import Town

KEY = bytes(range(32))
SCENES_OF_KINDS = [SceneRule(10 + place, kind.value, ("pseudonym",), kind) for place, kind in enumerate(UnitKind)]


def parts_of(text: str) -> list[int | bytes]:
    """The index, and everything else that is not the same for everybody."""
    code = parse_unverified(text)
    assert isinstance(code.attributes, list)
    return [code.index, code.token_id, code.signature, *(each for each in code.attributes if isinstance(each, bytes))]


def test_scenes_of_one_kind_share_a_pseudonym_and_those_of_two_never_do() -> None:
    again = SceneRule(99, "tram", ("concession", "pseudonym"), UnitKind.TRANSPORT)
    for card in range(1, 200):
        assert pseudonym(KEY, card, again) == pseudonym(KEY, card, SCENES["transit"])
        assert len({pseudonym(KEY, card, scene) for scene in SCENES_OF_KINDS}) == len(UnitKind)
    for scene in SCENES_OF_KINDS:
        assert len({pseudonym(KEY, card, scene) for card in range(1, 200)}) == 199


def test_a_card_keeps_its_pseudonym_beyond_a_loss_report(town: Town) -> None:
    """The fare cap goes on; only what revokes has changed."""
    holder = town.a_card()
    account, issuer = town.an_account(holder), issuer_of(town.foundation)
    before = parts_of(issuer.issue(account, "transit").text)
    lose(town, holder)
    find(town, holder)
    after = parts_of(issuer.issue(account, "transit").text)
    assert (before[3], before[0] != after[0]) == (after[3], True)


def test_codes_of_two_scenes_have_nothing_in_common_but_the_week_s_index(town: Town) -> None:
    account, issuer = town.an_account(town.a_card()), issuer_of(town.foundation)
    publish_sector_key(town)
    codes = [parts_of(issuer.issue(account, scene).text) for scene in SCENES]
    for one, two in combinations(codes, 2):
        assert set(one) & set(two) == {one[0]} == {two[0]}
