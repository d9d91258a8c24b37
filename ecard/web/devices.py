"""The holder's phones: linked by a one-time code, given credentials, unlinked."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor
from ecard.services.devices import enrol_device, holder_devices, request_step_up_code, unlink_device
from ecard.services.phone_proof import check_device_proof, parse_phone_key
from ecard.store.unit_of_work import Transaction
from ecard.web.audiences import own_names
from ecard.web.commands import Body, command, reading
from ecard.web.one_time_codes import code_command
from ecard.web.parts import parts
from ecard.web.presenters import present_credential, present_device, present_enrolled, rfc3339
from ecard.web.schemas import CredentialsRequest, DeviceEnrolment, DevicePath, Empty
from ecard.web.sessions import signed_in

blueprint = APIBlueprint("devices", __name__, url_prefix="/api/v1/me")

_SMS = "【广州社保卡】验证码 {code}，用于绑定手机，{minutes} 分钟内有效。若非本人操作，请勿告诉任何人。"


@blueprint.post("/step-up/sms-codes", summary="Send a one-time code for linking a phone")
def request_step_up(body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """To the phone on record, good for this alone: a sign-in code links nothing, and this one signs nobody in."""
    party = signed_in()
    return code_command(lambda _tx: party.party, lambda tx: request_step_up_code(tx, party.subject_id), _SMS)


@blueprint.post("/devices", summary="Link a phone")
def enrol(body: DeviceEnrolment) -> Response:
    """Takes the phone's key and a code of `/step-up/sms-codes`. Beyond the policy's number of phones the oldest end (`retired`).

    An ended phone gets no new credential; those that it has may be accepted without a network until `credentials_until`. A lost phone is
    a case for a loss report, which acts at once.
    """
    party, audiences = signed_in(), own_names()

    def work(tx: Transaction, actor: Actor) -> Body:
        key = parse_phone_key(body.public_key.x, body.public_key.y)
        check_device_proof(body.proof, key, audiences=audiences, now=int(tx.now.timestamp()))
        enrolled = enrol_device(
            tx,
            actor,
            party.subject_id,
            party.session_id,
            label=body.label,
            key=key,
            code=body.sms_code,
            most=parts().settings.devices_per_holder,
        )
        return present_enrolled(tx, enrolled, party.session_id)

    return command(work, 201)


@blueprint.get("/devices", summary="The linked phones")
def devices() -> Response:
    """Newest first; one page."""
    party = signed_in()

    def read(tx: Transaction, _actor: Actor) -> Body:
        rows = holder_devices(tx, party.subject_id)
        return {"items": [present_device(tx, row, party.session_id) for row in rows], "next": None}

    return reading(read)


@blueprint.delete("/devices/<device_id>", summary="Unlink a phone")
def unlink(path: DevicePath) -> Response:
    """It gets no new credential; those that it has may be accepted without a network until `credentials_until`.

    A lost phone is a case for a loss report, which acts at once.
    """
    party = signed_in()
    return command(
        lambda tx, actor: present_device(
            tx, unlink_device(tx, actor, party.subject_id, path.device_id), party.session_id
        )
    )


@blueprint.post("/devices/<device_id>/credentials", summary="Credentials for making codes without a network")
def issue_credentials(path: DevicePath, body: CredentialsRequest) -> Response:
    """Over the keys that the phone's own key signed for, each with the times that the service decides.

    Slot 0 begins now, slot 1 a little before slot 0 ends; it is not given where no key lasts until then. Fetch them anew every few hours
    while there is a network: what a phone is given last counts longest.
    """
    party, audiences = signed_in(), own_names()

    def work(tx: Transaction, _actor: Actor) -> Body:
        issued = parts().credentials.issue(
            tx, party.subject_id, party.session_id, path.device_id, body.request, audiences=audiences
        )
        return {"credentials": [present_credential(each) for each in issued], "server_time": rfc3339(tx.now)}

    return command(work, 201)
