import type { Wording } from '@shared/i18n/wording'
import type { verdicts as zh } from './verdicts.zh'

/** For each code of a verdict: what it is, why, and what to do next. */
export const verdicts: Wording<typeof zh> = {
  outcome: {
    valid: 'Valid',
    revoked: 'Revoked',
    expired: 'Expired',
    invalid: 'Not valid',
    unknown: 'Cannot tell',
  },

  reason: {
    ok: 'Signature, time and revocation list have been checked.',
    revoked: 'This card was reported lost or cancelled.',
    expired: 'The time of this code has run out.',
    not_yet_valid: 'This code was made later than the clock here says.',
    credential_expired: 'The credential in the holder’s phone has run out.',
    credential_stale:
      'The phone has been offline for too long: its credential is older than your unit allows.',
    credential_not_yet_valid: 'The phone’s credential was issued later than the clock here says.',
    holder_signature_missing: 'The phone’s signature is missing; the code may have been copied.',
    bad_holder_signature: 'The phone’s signature is wrong: not made by the holder’s phone, or changed since.',
    challenge_missing: 'This code does not answer the check number of this window.',
    challenge_wrong: 'This code answers another check number; it may have been passed on from elsewhere.',
    challenge_unexpected: 'This code answers a check number, but this window did not ask for one.',
    double_read: 'The same code was read twice in a row.',
    replayed: 'This code has just been used at this device.',
    scene_not_accepted: 'This code was not made for the service at this window.',
    bad_signature: 'The signature is wrong: not made by the issuer, or changed since.',
    wrong_algorithm: 'The signature algorithm is not the one of the issuer’s key.',
    key_revoked: 'The issuer has revoked the key that signed this code.',
    key_not_valid: 'The code was made outside the time of its key.',
    claims_invalid: 'What the code says does not agree with the issuer’s register.',
    lifetime_invalid: 'The lifetime of this code is against the rules.',
    malformed: 'The code is incomplete or was changed.',
    unsupported_format: 'A social security code of another format, which this device cannot read yet.',
    not_a_code: 'This is not a code of the electronic social security card.',
    too_long: 'Too long for a code of the electronic social security card.',
    unknown_key: 'This device does not have the key that signed this code.',
    list_stale: 'The revocation list is older than your unit allows.',
    list_expired: 'The revocation list has expired.',
    list_missing: 'This device does not have the list of this code’s week yet.',
    keys_expired: 'The issuer’s key set has expired.',
    clock_behind: 'The clock of this device is slow, so times cannot be judged.',
    no_trust: 'This device has no keys and no revocation list yet.',
  },

  next: {
    ok: 'Go on with the service.',
    revoked: 'Do not accept. The holder may call 12333 or go to a partner bank with an identity document.',
    expired: 'Ask the holder to renew the code and show it again.',
    not_yet_valid: 'Compare the clocks of this device and the phone, then ask for a new code.',
    credential_expired:
      'Ask the holder to go online, open the electronic social security card and show the code again.',
    credential_stale:
      'Ask the holder to go online, open the electronic social security card and show the code again.',
    credential_not_yet_valid: 'Check the date and time of this device, then ask for a new code.',
    holder_signature_missing:
      'Do not accept. Ask the holder to open the electronic social security card, or check the identity document.',
    bad_holder_signature:
      'Do not accept. Ask the holder to reopen the electronic social security card, or check the identity document.',
    challenge_missing:
      'Ask the holder to type the check number shown here on the code page, then scan again.',
    challenge_wrong:
      'Ask the holder to enter the check number shown here, in front of you; if that fails, check the identity document.',
    challenge_unexpected: 'Ask the holder to renew the code without entering a check number.',
    double_read: 'The first result stands. There is no need to scan again.',
    replayed: 'Ask the holder to renew the code. A screenshot cannot be used again.',
    scene_not_accepted: 'Ask the holder to switch to the scene of this service.',
    bad_signature: 'Do not accept. Check the identity document.',
    wrong_algorithm: 'Do not accept. Check the identity document.',
    key_revoked:
      'Ask the holder to go online and renew the code; if that fails, check the identity document.',
    key_not_valid: 'Ask for a new code; if that fails, check the identity document.',
    claims_invalid: 'Do not accept. Ask the holder to update the app, or check the identity document.',
    lifetime_invalid: 'Do not accept. Check the identity document.',
    malformed: 'Scan again; if that fails, ask the holder to renew the code.',
    unsupported_format: 'Update this page, or check the identity document.',
    not_a_code: 'Ask the holder to open the electronic social security card and show its code.',
    too_long: 'Ask the holder to open the electronic social security card and show its code.',
    unknown_key: 'Connect to the network to update the keys, then scan again.',
    list_stale: 'Connect to the network to update the list, or check the card and the identity document.',
    list_expired: 'Connect to the network to update the list, or check the card and the identity document.',
    list_missing: 'Connect to the network to update the list, then scan again.',
    keys_expired: 'Connect to the network to update the keys, or ask your administrator.',
    clock_behind: 'Set the date and time of this device.',
    no_trust: 'Connect to the network and scan once the download is done.',
  },

  hindrance: {
    two_codes: {
      title: 'More than one code',
      reason: 'It is not clear which one is meant, so none was judged.',
      next: 'Leave one code in the picture and scan again.',
    },
    no_code: {
      title: 'No code found',
      reason: 'There is no complete, sharp QR code in this picture.',
      next: 'Hold it about 10 cm away, level, with the whole code sharp in the picture.',
    },
    unreadable: {
      title: 'Cannot read the code',
      reason: 'A QR code is there, but blurred, too small or in glare.',
      next: 'Hold it about 10 cm away, level, with the screen bright.',
    },
    no_reader: {
      title: 'The code reader did not start',
      reason: 'The browser did not load the part that reads QR codes.',
      next: 'Use a scanner, or reload the page and try again.',
    },
    not_a_picture: {
      title: 'Cannot open this file',
      reason: 'It is not a picture that the browser knows.',
      next: 'Choose a PNG or JPEG picture.',
    },
  },

  trust: {
    root_malformed: 'The root file is damaged. Enrol this device again.',
    keys_untrusted: 'Refused a key set: its signature is wrong.',
    keys_rollback: 'Refused a key set: older than the one held.',
    keys_expired: 'Refused a key set: it has expired.',
    manifest_untrusted: 'Refused a manifest: its signature is wrong.',
    manifest_rollback: 'Refused a manifest: older than the one held.',
    keys_mismatch: 'Refused keys: not the ones that the manifest names.',
    list_mismatch: 'Refused a list: not the one that the manifest names.',
    list_untrusted: 'Refused a list: its content is wrong.',
  },
}
