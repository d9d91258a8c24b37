"""Names as people write them, compared as registers do (Art. 9)."""

from __future__ import annotations

import re
import unicodedata

_DOTS = str.maketrans(dict.fromkeys("•‧∙・･．.", "·"))
MAX_NAME = 50


def normal_name(text: str) -> str:
    """One spelling for comparison: NFKC, one middle dot, single spaces, letters in upper case."""
    folded = unicodedata.normalize("NFKC", text).translate(_DOTS)
    return re.sub(r"\s+", " ", folded).strip().upper()
