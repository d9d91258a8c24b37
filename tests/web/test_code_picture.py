"""`POST /api/v1/codes` with `Accept: image/png`: the picture in place of the text."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image

from ecard.running import openapi_document
from signing import parse_unverified
from tests.town import Town


def test_who_asks_for_a_picture_gets_the_code_as_one(town: Town) -> None:
    answer = town.sign_in(town.a_card()).post("/api/v1/codes", {"scene": "transit"}, accept="image/png")
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)).convert("L"))
    code = parse_unverified(found.text)
    assert code.expires_at - code.issued_at == 60
    assert answer.headers["Ecard-Expires-At"].endswith("Z")


def test_whoever_takes_anything_gets_json(town: Town) -> None:
    answer = town.sign_in(town.a_card()).post("/api/v1/codes", {"scene": "identity"}, accept="*/*")
    assert answer.json["form"] == "digits"


def test_a_refusal_is_a_problem_document_even_for_who_asks_for_a_picture(town: Town) -> None:
    answer = town.sign_in(town.a_card("suspended")).post("/api/v1/codes", {"scene": "identity"}, accept="image/png")
    assert (answer.headers["Content-Type"], answer.json["code"]) == ("application/problem+json", "card_suspended")


def test_the_contract_names_both_answers() -> None:
    issued = openapi_document()["paths"]["/api/v1/codes"]["post"]["responses"]["201"]
    assert set(issued["content"]) == {"application/json", "image/png"}
