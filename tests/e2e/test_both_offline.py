"""A phone and a window, neither with a network: the code counts for a minute, its picture no longer, and a copy of its credential never."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from pathlib import Path

from playwright.sync_api import Page, expect

from ecard.services.qr_image import code_image
from signing import P256Signer, encode_presentation, generate_key
from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import DemoPage
from tests.e2e.people import a_citizen, at_window, open_page

_HOLDER = "citizen-19900000003"
_TWO_MINUTES = 120


def test_the_code_is_accepted_its_picture_and_its_copy_are_not(
    rooms: Rooms, camera: FakeCamera, pictures: Path
) -> None:
    """Everything by camera; the two minutes are waited for, no clock is set."""
    demo = DemoPage(open_page(rooms.desk(), "/demo/"))
    window = at_window(rooms, demo, camera)
    who = demo.persona(_HOLDER)
    citizen = a_citizen(rooms, demo, who)
    citizen.bind_phone(who["phone"], demo)
    citizen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for context in (citizen.page.context, window.context):
        context.set_offline(True)
    for page in (citizen.page, window.page):
        page.reload()
    expect(window.page.get_by_test_id("desk")).to_be_visible()

    screenshot, taken = _picture(citizen.page), time.monotonic()
    assert window.scan(screenshot, "valid") == "ok"
    citizen.page.screenshot(path=pictures / "both-offline-phone.png")
    window.screenshot(pictures / "both-offline-window.png")

    copied = encode_presentation(_stolen_credential(citizen.page), P256Signer(generate_key()), now=int(time.time()))
    assert window.scan(code_image(copied), "invalid") == "bad_holder_signature"
    window.screenshot(pictures / "both-offline-copied.png")

    citizen.page.wait_for_timeout(max(0.0, taken + _TWO_MINUTES - time.monotonic()) * 1_000)
    assert window.scan(screenshot, "expired") == "expired"
    window.screenshot(pictures / "both-offline-screenshot.png")
    assert window.scan(_picture(citizen.page), "valid") == "ok"
    assert rooms.faults == []


def _picture(page: Page) -> bytes:
    """What the phone shows, a code of its own making."""
    canvas = page.get_by_test_id("qr-canvas")
    expect(canvas).to_have_attribute("data-text", re.compile(r"^352\d{400,}$"))
    page.wait_for_timeout(250)
    return canvas.screenshot()


def _stolen_credential(page: Page) -> bytes:
    """What a thief who may run scripts in the page can carry away: the credential, and not the key, which no script can read."""
    found = page.evaluate(_STEAL)
    assert found["exported"] == "InvalidAccessError", "the private key leaves the browser for nobody"
    return b64decode(found["credential"])


_STEAL = """async () => {
  const open = indexedDB.open('ecard-citizen')
  const database = await new Promise(done => { open.onsuccess = () => done(open.result) })
  const asked = database.transaction('credentials').objectStore('credentials').getAll()
  const kept = await new Promise(done => { asked.onsuccess = () => done(asked.result) })
  const { token, key } = kept.find(each => each.scene === 'identity' && each.slot === 0)
  const exported = await crypto.subtle.exportKey('pkcs8', key).then(() => 'yes', error => error.name)
  database.close()
  return { credential: btoa(String.fromCharCode(...new Uint8Array(token))), exported }
}"""
