"""What the regulation says of a card's life, article by article, in plain words: written from its text, not from the table.

Conditions are words of this module's own. `LAW` names for each event the states in which it may happen and everybody who may cause it with
what must hold; `EFFECTS` what it does.
"""

from __future__ import annotations

from dataclasses import dataclass

OWN, SEEN, CALLER, SECOND = "card of the own bank", "document seen", "caller verified", "second person"
EVERYBODY = {
    "holder online": ("citizen", None, "online"),
    "clerk at an outlet": ("bank_clerk", 1, "outlet"),
    "hotline": ("phone_operator", None, "hotline"),
    "bank phone": ("phone_operator", 1, "bank_phone"),
    "agency": ("agency_officer", None, "agency"),
    "bureau": ("bureau_officer", None, "agency"),
    "district office": ("district_officer", None, "agency"),
    "unit administrator": ("unit_admin", None, "online"),
    "auditor": ("auditor", None, "online"),
    "verifier": ("verifier", None, "online"),
    "another system": ("system", None, "feed"),
}
"""Name → role, bank, channel."""


@dataclass(frozen=True)
class Rule:
    """One event: where it may start, and who may cause it under which conditions."""

    states: frozenset[str]
    who: dict[str, frozenset[str]]
    lock: bool | None = None
    unless_replacement_requested: bool = False


def _rule(states: str, *, lock: bool | None = None, unless_requested: bool = False, **who: tuple[str, ...]) -> Rule:
    named = {name.replace("_", " "): frozenset(conditions) for name, conditions in who.items()}
    return Rule(frozenset(states.split()), named, lock, unless_requested)


LAW = {
    # Art. 10: the agency has cards made
    "make": _rule("ordered", agency=(), another_system=()),
    # Art. 6: activation is a service of the card's own bank
    "activate": _rule("made", clerk_at_an_outlet=(OWN, SEEN)),
    # Art. 21: online, by the city's hotline, by the bank's phone, at an outlet; the agency may
    "report_loss": _rule(
        "active",
        holder_online=(),
        clerk_at_an_outlet=(OWN, SEEN),
        hotline=(CALLER,),
        bank_phone=(OWN, CALLER),
        agency=(),
    ),
    # Art. 22: only at an outlet, document seen, only before a replacement is requested
    "withdraw_loss_report": _rule("suspended", unless_requested=True, clerk_at_an_outlet=(OWN, SEEN)),
    # Art. 23: online or at an outlet, for a lost card
    "request_replacement": _rule("suspended", unless_requested=True, holder_online=(), clerk_at_an_outlet=(OWN, SEEN)),
    # Art. 23, 24: the new card takes the place of a lost or an exchanged one
    "replace": _rule("active suspended", agency=(), another_system=()),
    # Art. 26: by the agency, two persons, or by the police feed; from every state that is not an end
    "cancel": _rule("ordered made active suspended", agency=(SECOND,), another_system=()),
    # Art. 6: lock and unlock
    "lock": _rule("active", lock=False, clerk_at_an_outlet=(OWN, SEEN), agency=(), another_system=()),
    "unlock": _rule("active", lock=True, clerk_at_an_outlet=(OWN, SEEN), agency=()),
}

EFFECTS = {
    # event: state after (None: the same), accounts, locked after (None: the same)
    "make": ("made", "none", None),
    "activate": ("active", "open", None),
    "report_loss": ("suspended", "suspend", None),
    "withdraw_loss_report": ("active", "restore", None),
    "request_replacement": (None, "none", None),
    "replace": ("replaced", "close", None),
    "cancel": ("cancelled", "close", None),
    "lock": (None, "none", True),
    "unlock": (None, "none", False),
}


def is_lawful(event: str, state: str, *, locked: bool, requested: bool, who: str, fulfilled: frozenset[str]) -> bool:
    """Whether ``who`` may cause ``event`` to such a card while the ``fulfilled`` conditions hold."""
    rule = LAW[event]
    if state not in rule.states:
        return False
    if rule.lock is not None and locked is not rule.lock:
        return False
    if rule.unless_replacement_requested and requested:
        return False
    return who in rule.who and rule.who[who] <= fulfilled
