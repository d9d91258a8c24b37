"""One-time codes by short message: made in the request's transaction, sent once that has committed, for a provider may be slow.

With an ``Idempotency-Key`` one message is sent, however often the request is. A code that could not be sent is no answer to be kept: its
record is forgotten, and the same request may try again.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from ecard.domain.errors import RefusedError
from ecard.domain.policies import SMS_CODE_LIFETIME, SMS_RETRY_AFTER
from ecard.gateways.http import GatewayError
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import Body, anonymous_command
from ecard.web.idempotency import Subject, forget, is_replayed
from ecard.web.parts import parts

_WAITS = {
    "expires_in": int(SMS_CODE_LIFETIME.total_seconds()),
    "retry_after": int(SMS_RETRY_AFTER.total_seconds()),
}


def code_command(subject: Subject, request_code: Callable[[Transaction], tuple[str, str]], wording: str) -> Response:
    """Send the code that ``request_code`` makes, to the number (E.164) that it names.

    ``wording`` is the message, with places for ``code`` and ``minutes``. The answer tells how long the code counts and when the next may
    be asked for, in seconds.

    Raises:
        RefusedError: ``sms_unavailable``: the provider did not take it; and what ``request_code`` refuses.
    """
    outgoing: list[tuple[str, str]] = []

    def work(tx: Transaction) -> Body:
        outgoing[:] = [request_code(tx)]
        return dict(_WAITS)

    response = anonymous_command(subject, work, 202)
    if not is_replayed(response):
        _send(*outgoing[0], wording, subject)
    return response


def _send(number: str, code: str, wording: str, subject: Subject) -> None:
    try:
        parts().sms.send(number, wording.format(code=code, minutes=_WAITS["expires_in"] // 60))
    except GatewayError as error:
        forget(subject)
        raise RefusedError("sms_unavailable") from error
