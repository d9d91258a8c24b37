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
  sms_code_wrong: 'That code is not right. Check the latest text message.',
  sms_code_wrong_counted: 'That code is not right. Tries left: {tries_left}.',
  sms_code_expired: 'The code has expired. Ask for a new one.',
  sms_code_used: 'This code has been used already. Ask for a new one.',
  sms_code_locked: 'Too many wrong tries: the code is void. Ask for a new one.',
  sign_in_failed: 'User name, password or one-time code is not right.',
  account_locked: 'Too many wrong tries. The account is locked for a while.',
  token_expired: 'Your session has expired. Please sign in again.',
  token_revoked: 'Your session has ended. Please sign in again.',
  refresh_reused: 'For your safety this session was withdrawn. Please sign in again.',
  unauthenticated: 'Please sign in first.',
  csrf_failed: 'This page is out of date. Reload it and try again.',
  role_not_allowed: 'Your role may not do this.',

  // Card and holder
  document_number_malformed: 'The document number is not right. Check its length and the last character.',
  binding_refused:
    'The card could not be bound. Document number, name and phone must match the card’s record; if they have changed, update them at an outlet of the bank.',
  already_bound: 'A card is already bound to this sign-in.',
  not_bound: 'No social-security card is bound yet.',
  no_card: 'There is no social-security card on record. Any outlet of a partner bank takes applications.',
  person_not_found: 'Nobody with this document number is on record.',
  card_not_active: 'The card is not active, so this cannot be done.',
  card_not_suspended: 'The card is not reported lost, so there is nothing to do.',
  card_not_made: 'The card has not been made yet and cannot be activated.',
  card_not_ordered: 'The card is not waiting to be made.',
  card_cancelled: 'The card has been cancelled. Nothing more can be done with it.',
  card_replaced: 'The card has been replaced by a new one.',
  card_locked: 'The card’s applications are locked.',
  card_not_locked: 'The card is not locked, so there is nothing to unlock.',
  card_already_locked: 'The card is locked already.',
  loss_already_reported: 'The loss of this card has been reported already.',
  replacement_already_requested: 'A replacement has been requested already.',
  replacement_requested:
    'A replacement has been requested, so the loss report can no longer be withdrawn (Art. 22).',
  scene_unknown: 'This use of the card is not supported.',

  // Counter
  document_not_seen: 'See the holder’s original identity document first (Art. 22).',
  caller_not_verified: 'Verify who is calling first.',
  other_bank: 'The card belongs to another partner bank; only that bank may do this.',
  not_at_outlet: 'Only an outlet of the card’s own bank may do this, in person (Art. 22).',
  second_person_required: 'A second member of staff has to confirm.',
  same_person: 'You cannot confirm a cancellation that you proposed yourself. A colleague has to.',
  proposal_closed: 'This proposal has been decided or has expired.',
  proposal_open: 'A cancellation of this card is waiting for confirmation already.',

  // Verifier devices
  enrolment_code_wrong:
    'The enrolment code is wrong, used or expired. Ask your unit’s administrator for a new one.',
  proof_invalid: 'The proof of the device’s key is not valid. Enrol again.',
  assertion_invalid: 'The device could not prove itself. Check its clock; enrol again if need be.',

  // Everything else
  not_found: 'Not found. It may have been removed.',
  request_malformed: 'Something in the form is not right. Check it and try again.',
  idempotency_key_reused: 'This conflicts with an earlier request. Reload and try again.',
  internal_error: 'Something went wrong on our side and has been recorded. Please try again later.',
  unavailable: 'The service is under maintenance. Please try again later.',
  unknown: 'That did not work. Please try again later.',
}
