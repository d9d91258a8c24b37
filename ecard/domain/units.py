"""The kinds of application unit that Art. 33 names, and what each may learn of a holder (Art. 16)."""

from __future__ import annotations

from enum import StrEnum


class UnitKind(StrEnum):
    """The seventeen of Art. 33, in its order."""

    HUMAN_RESOURCES = "human_resources"
    MEDICAL_INSURANCE = "medical_insurance"
    FINANCE = "finance"
    CIVIL_AFFAIRS = "civil_affairs"
    HEALTH = "health"
    EDUCATION = "education"
    PUBLIC_SECURITY = "public_security"
    JUSTICE = "justice"
    HOUSING = "housing"
    AGRICULTURE = "agriculture"
    TRANSPORT = "transport"
    CULTURE_TOURISM = "culture_tourism"
    SPORT = "sport"
    FORESTRY_PARKS = "forestry_parks"
    DISABILITY = "disability"
    VETERANS = "veterans"
    PROVIDENT_FUND = "provident_fund"


ATTRIBUTES = ("name", "document_number", "card_number", "concession", "insurance")
