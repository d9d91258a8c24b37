/** The wording of every problem code: what happened, and what to do next. */
export const problems = {
  // Connection
  offline: 'No network. Connect and try once more.',
  unreachable: 'The server cannot be reached just now. Try again in a moment; what you typed is still here.',
  timeout: 'The server did not answer in time. Trying again will not do it twice.',
  unreadable: 'The server’s answer made no sense. Please try again later.',

  // Signing in
  phone_malformed: 'Enter an 11-digit mobile number of mainland China.',
  rate_limited: 'Too many attempts. Please wait a little.',
  sms_too_soon: 'A code was sent a moment ago. Check your messages.',
  sms_unavailable: 'Text messages cannot be sent just now. Try again in a moment.',
  sms_code_wrong: 'That code is not right. Check the latest text message.',
  sms_code_wrong_counted: 'That code is not right. Tries left: {tries_left}.',
  sms_code_expired: 'The code has expired. Ask for a new one.',
  sms_code_used: 'This code has been used already. Ask for a new one.',
  sms_code_locked: 'Too many wrong tries: the code is void. Ask for a new one.',
  sign_in_failed: 'User name, password or one-time code is not right.',
  account_locked: 'Too many wrong tries. The account is locked for a while.',
  token_missing: 'Please sign in first.',
  token_invalid: 'The session is not valid. Please sign in again.',
  token_expired: 'Your session has expired. Please sign in again.',
  token_revoked: 'Your session has ended. Please sign in again.',
  refresh_reused: 'For your safety this session was withdrawn. Please sign in again.',
  csrf_failed: 'This page is out of date. Reload it and try again.',
  role_not_allowed: 'Your role may not do this.',

  // Card and holder
  document_number_malformed: 'The document number is not right. Check its length and the last character.',
  binding_refused:
    'The card could not be bound. Document number, name and phone must match the card’s record; if they have changed, update them at an outlet of the bank.',
  already_bound: 'A card is already bound to this sign-in.',
  not_bound: 'No social security card is bound yet.',
  no_card: 'There is no social security card on record. Any outlet of a partner bank takes applications.',
  person_not_found: 'Nobody with this document number is on record.',
  card_not_found: 'The card was not found. Look it up again.',
  no_photo: 'There is no photo on record.',
  card_not_active: 'The card is not active, so this cannot be done.',
  card_not_suspended: 'The card is not reported lost, so there is nothing to do.',
  card_not_made: 'The card has not been made yet and cannot be activated.',
  card_not_ordered: 'The card is not waiting to be made.',
  card_suspended: 'The card is reported lost, so no code can be shown.',
  card_cancelled: 'The card has been cancelled. Nothing more can be done with it.',
  card_replaced: 'The card has been replaced by a new one.',
  card_locked: 'The card’s applications are locked.',
  card_not_locked: 'The card is not locked, so there is nothing to unlock.',
  card_already_locked: 'The card is locked already.',
  loss_already_reported: 'The loss of this card has been reported already.',
  replacement_already_requested: 'A replacement has been requested already.',
  replacement_requested:
    'A replacement has been requested, so the loss report can no longer be withdrawn (Art.\u00a022).',
  scene_unknown: 'This use of the card is not supported.',

  // The holder's phones
  step_up_code_wrong: 'That code is wrong. Please check the message about linking this phone.',
  step_up_code_wrong_counted:
    'That code is wrong; {tries_left} tries left. Please check the message about linking this phone.',
  step_up_code_expired: 'That code has expired. Please get a new one.',
  step_up_code_used: 'That code was used already. Please get a new one.',
  step_up_code_locked: 'Too many wrong tries: the code is void. Please get a new one.',
  device_key_invalid: 'The key that the phone made cannot be used. Please try again.',
  device_proof_invalid: 'The proof of the phone’s key was not accepted. Please try again.',
  device_key_in_use: 'This key is in use already. Please try again.',
  device_not_found: 'This phone was not found; it may have been unlinked.',
  device_ended: 'This phone has been unlinked.',
  device_clock_wrong:
    'The phone’s clock is wrong. Turn on the automatic time in the system settings and try again.',
  credential_request_invalid: 'The offline supply could not be fetched; it is tried again by itself.',
  credential_request_replayed: 'The offline supply could not be fetched; it is tried again by itself.',
  storage_unavailable:
    'This browser keeps no data (a private window, perhaps), so the phone cannot be linked.',
  scene_unavailable: 'No code for this occasion just now. Choose another, or try again later.',
  codes_unavailable: 'No code can be made just now. Show the plastic card, or try again shortly.',

  // Counter
  document_not_seen: 'See the holder’s original identity document first (Art.\u00a022).',
  caller_not_verified: 'Verify who is calling first.',
  purpose_missing: 'Look the card up for a purpose first; then its photo can be seen.',
  other_bank: 'The card belongs to another partner bank; only that bank may do this.',
  not_at_outlet: 'Only an outlet of the card’s own bank may do this, in person (Art.\u00a022).',
  second_person_required: 'A second member of staff has to confirm.',
  same_person: 'You cannot confirm a cancellation that you proposed yourself. A colleague has to.',
  proposal_exists: 'A cancellation of this card is waiting for confirmation already.',
  proposal_not_found: 'The proposal was not found. Reload the list.',
  proposal_closed: 'This proposal has been decided or has expired.',

  // Verifier devices
  verifier_not_found: 'The verifier was not found. Reload the list.',
  enrolment_code_wrong:
    'The enrolment code is wrong, used or expired. Ask your unit’s administrator for a new one.',
  proof_invalid: 'The proof of the device’s key is not valid. Enrol again.',
  assertion_invalid: 'The device could not prove itself. Check its clock; enrol again if need be.',

  // Everything else
  not_found: 'Not found. It may have been removed.',
  request_malformed: 'Something in the form is not right. Check it and try again.',
  idempotency_key_reused: 'This conflicts with an earlier request. Reload and try again.',
  request_invalid: 'Something in the form is not accepted. Check it and try again.',
  request_too_large: 'That is too much at once. Send less.',
  request_timeout: 'The request timed out. Try again.',
  request_in_progress: 'This is being done already. Try once more in a moment.',
  media_type_unsupported: 'This format is not supported.',
  method_not_allowed: 'That cannot be done here.',
  idempotency_key_malformed: 'Something went wrong. Reload and try again.',
  database_busy: 'The system is busy and nothing was changed. Try again in a moment.',
  single_use_unavailable: 'No online check just now. Verify offline, or try again in a moment.',
  serials_exhausted: 'The card cannot be revived now. Please tell those who run the system.',
  trust_not_ready: 'The trust material has not been published yet. Try again in a moment.',
  trust_not_found: 'There is no such trust material; the list may be out of date.',
  range_not_satisfiable: 'There is nothing at that range; the list may have changed.',
  internal_error: 'Something went wrong on our side and has been recorded. Please try again later.',
  unknown: 'That did not work. Please try again later.',
}
