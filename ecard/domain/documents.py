"""Identity documents and their numbers (Art. 4, 9).

The social security number *is* the document number. Three kinds carry the 18-character form of GB 11643 with the ISO 7064 MOD 11-2
check character; the old permanent-resident card has a form of its own, still valid beside the one of 2023-12-01.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from stdnum.iso7064 import mod_11_2

from ecard.domain.errors import RefusedError


class DocumentKind(StrEnum):
    """What the number was printed on."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE_PERMIT = "hmt_residence_permit"
    PERMANENT_RESIDENT_ID = "permanent_resident_id"


@dataclass(frozen=True, slots=True)
class Document:
    """A document number in its one canonical spelling."""

    kind: DocumentKind
    number: str


_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")  # not \d, which takes the digits of every script
_OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_HMT_REGIONS = ("810000", "820000", "830000")
_EARLIEST_BIRTH = date(1880, 1, 1)


def parse_document(text: str, *, today: date) -> Document:
    """Read a document number as people type it: full-width characters, spaces and a small ``x`` are forgiven.

    Raises:
        RefusedError: ``document_number_malformed`` for a wrong length, check character or birth date (impossible or after ``today``).
    """
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if _OLD_PERMANENT_RESIDENT.fullmatch(number):
        return Document(DocumentKind.PERMANENT_RESIDENT_ID, number)
    if not _EIGHTEEN.fullmatch(number) or not mod_11_2.is_valid(number):
        raise RefusedError("document_number_malformed")
    _check_birth(number[6:14], today)
    return Document(_kind(number), number)


def birth_date(document: Document) -> date | None:
    """The holder's date of birth, where the number carries it in full."""
    if len(document.number) != 18:
        return None
    return datetime.strptime(document.number[6:14], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no zone


def _check_birth(digits: str, today: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise RefusedError("document_number_malformed") from error
    if not _EARLIEST_BIRTH <= born <= today:
        raise RefusedError("document_number_malformed")


def _kind(number: str) -> DocumentKind:
    if number.startswith(_HMT_REGIONS):
        return DocumentKind.HMT_RESIDENCE_PERMIT
    if number.startswith("9"):
        return DocumentKind.PERMANENT_RESIDENT_ID
    return DocumentKind.RESIDENT_ID
