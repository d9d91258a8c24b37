"""Lists come in pages: every item once, newest first, however many are added meanwhile."""

from __future__ import annotations

import pytest

from ecard.domain.actors import Role
from tests.town import Api, Town
from tests.web.parties import staff


def page_through(api: Api, path: str, limit: int = 2) -> tuple[list[dict[str, object]], list[int]]:
    """All items, and how many each page had."""
    items, sizes, cursor = [], [], ""
    while True:
        page = api.get(f"{path}?limit={limit}{cursor}")
        assert page.status_code == 200, page.json
        items += page.json["items"]
        sizes.append(len(page.json["items"]))
        if page.json["next"] is None:
            return items, sizes
        cursor = f"&cursor={page.json['next']}"


def test_a_unit_s_verifiers_in_pages(small_town: Town) -> None:
    admin = staff(small_town, Role.UNIT_ADMIN, unit=small_town.a_unit())
    made = [admin.post("/api/v1/unit/verifiers", {"label": f"窗口 {n}", "preset": "gate"}).json["id"] for n in range(5)]
    items, sizes = page_through(admin, "/api/v1/unit/verifiers")
    assert ([item["id"] for item in items], sizes) == (made[::-1], [2, 2, 1])


def test_the_record_in_pages_while_it_grows(small_town: Town) -> None:
    """Reading adds nothing, and what is added at the front moves no page."""
    admin, auditor = staff(small_town, Role.UNIT_ADMIN, unit=small_town.a_unit()), staff(small_town, Role.AUDITOR)
    for number in range(5):
        admin.post("/api/v1/unit/verifiers", {"label": f"窗口 {number}", "preset": "gate"})
    first = auditor.get("/api/v1/audit/entries?limit=2").json
    admin.post("/api/v1/unit/verifiers", {"label": "窗口 9", "preset": "gate"})
    second = auditor.get(f"/api/v1/audit/entries?limit=2&cursor={first['next']}").json
    numbers = [entry["seq"] for entry in first["items"] + second["items"]]
    assert numbers == list(range(numbers[0], numbers[0] - 4, -1))
    assert auditor.get("/api/v1/audit/verification").json["ok"] is True


def test_open_and_decided_proposals_in_pages(small_town: Town) -> None:
    officer = staff(small_town, Role.AGENCY_OFFICER)
    numbers = [
        officer.post(
            f"/api/v1/counter/cards/{small_town.a_card().public_id}/cancellation-proposals",
            {"reason": "death", "note": "通知"},
        ).json["id"]
        for _ in range(3)
    ]
    officer.post(f"/api/v1/counter/cancellation-proposals/{numbers[1]}/rejection")
    is_open, _ = page_through(officer, "/api/v1/counter/cancellation-proposals")
    everything = officer.get("/api/v1/counter/cancellation-proposals?state=all").json["items"]
    assert [item["id"] for item in is_open] == [numbers[2], numbers[0]]
    assert [item["state"] for item in everything] == ["open", "rejected", "open"]
    assert all(item["own"] for item in everything)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=-1", "cursor=x", f"cursor={10**30}", "cursor=1.5"]
)
def test_a_page_that_cannot_be_is_refused(small_town: Town, query: str) -> None:
    answer = small_town.sign_in(small_town.a_card()).get(f"/api/v1/me/card/timeline?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_the_largest_cursor_is_one_for_every_database(town: Town) -> None:
    """Rows of a register have numbers of 31 bits, entries of the record of 63: PostgreSQL takes no larger one."""
    unit = town.a_unit()
    for role, path, largest in (
        (Role.UNIT_ADMIN, "/api/v1/unit/verifiers", 2**31 - 1),
        (Role.AGENCY_OFFICER, "/api/v1/counter/cancellation-proposals", 2**31 - 1),
        (Role.AUDITOR, "/api/v1/audit/entries", 2**62),
    ):
        api = staff(town, role, unit=unit if role is Role.UNIT_ADMIN else None)
        assert api.get(f"{path}?cursor={largest}").status_code == 200, path
        assert api.get(f"{path}?cursor={largest + 1}").json["code"] == "request_invalid", path
