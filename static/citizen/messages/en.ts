import type { Wording } from '@shared/i18n/wording'
import type { zh } from './zh'

/** The holder's app in English. */
export const en: Wording<typeof zh> = {
  title: 'Guangzhou Electronic Social Security Card',

  tab: { card: 'My card', code: 'Code', timeline: 'Record', settings: 'Settings' },

  signIn: {
    title: 'Sign in',
    lead: 'One card for the doctor, the bus and the counter. Sign in with the phone number you gave for your card.',
    phone: 'Phone number',
    phoneHint: '11-digit mobile number of mainland China',
    code: 'Code from the text message',
    send: 'Send code',
    again: 'Resend code',
    againIn: 'Resend in {n} s',
    sent: 'A code was sent to {phone}. It is valid for {minutes} minutes.',
    submit: 'Sign in',
    legal:
      'The electronic card has the same effect as the physical one (Social Security Card Measures, Art.\u00a035).',
  },

  bind: {
    title: 'Bind your card',
    lead: 'First use: please confirm who you are, with the name and document number of your card’s record.',
    document: 'Document number',
    documentHint: 'Resident ID, residence permit (Hong Kong, Macao, Taiwan) or permanent-resident ID',
    name: 'Name',
    nameHint: 'As written on the document',
    submit: 'Bind card',
    fault: {
      incomplete: 'Not complete yet: 18 characters (15 on the old permanent-resident ID).',
      shape: 'It should be 17 digits and a digit or X (old permanent-resident ID: 3 letters and 12 digits).',
      birth: 'Characters 7 to 14 are the date of birth. Please check them.',
      check: 'One character may be mistyped: the last one does not match the others.',
    },
    nameMissing: 'Please enter the name.',
    privacy: 'Only compared with the card’s record, never stored on this phone.',
  },

  card: {
    face: 'Social Security Card',
    number: 'Card number',
    holder: 'Name',
    document: 'Social security number',
    issued: 'Issued',
    photo: 'Photo of the holder',
    show: 'Show my code',
    showHint: 'For the doctor, the bus, the counter',
    usable: 'Ready to use',
    notUsable: {
      ordered: 'The card is being made. Codes work once you have collected and activated it.',
      made: 'The card is ready. Collect and activate it at an outlet of the bank, with your identity document.',
      suspended: 'All codes are void and both accounts are suspended.',
      replaced: 'A new card has replaced this one. Its codes are void.',
      cancelled: 'The card has been cancelled. Its codes are void.',
      locked: 'The card is locked, so codes are suspended. An outlet of the bank can unlock it.',
    },
    accounts: 'Fund accounts',
    bank: 'Issuing bank',
    hotline: 'Bank hotline',
    outlets: 'Outlets',
    emptyTitle: 'No social security card yet',
    emptyText: 'Apply at any outlet of a partner bank with your identity document. The first card is free.',
  },

  loss: {
    open: 'Report loss',
    title: 'Report this card lost?',
    effect: {
      codes: 'Every code stops working at once; connected verifiers refuse the card.',
      accounts: 'The medical and the financial account are both suspended.',
      withdrawal:
        'Should you find the card, only an outlet of {bank} can withdraw the report, with you and your identity document present (Art.\u00a022).',
    },
    confirm: 'Report loss',
    next: 'What next',
    found: 'Found the card?',
    foundText:
      'Go to any outlet of {bank} with your identity document; the report is withdrawn on the spot. Not possible online or by phone.',
    lost: 'Cannot find it?',
    lostText:
      'Request a new card: issued within 12 working days of acceptance. If you need it now, an instant-issue outlet makes it on the spot.',
    replace: 'Request replacement',
    replaceTitle: 'Request a new card?',
    replaceEffect:
      'The loss report can no longer be withdrawn, and the old card is void once the request is accepted. The lawful fee applies.',
    replaceConfirm: 'Request',
    requested: 'Replacement requested',
    requestedText:
      'The new card is issued within 12 working days of acceptance. The loss report can no longer be withdrawn.',
  },

  code: {
    title: 'Code',
    scene: { identity: 'Identity', transit: 'Transit', medical: 'Medical' },
    picture: 'QR code of the electronic social security card. Hold it to the reader.',
    hint: {
      identity: 'Show it to the staff',
      transit: 'Hold it 3 to 5 cm from the reader of the gate',
      medical: 'Show it at the payment counter',
    },
    left: 'New code in {n} s',
    lasts: 'No new code yet; this one lasts {n} s',
    enlarge: 'Tap the code to enlarge',
    shrink: 'Tap anywhere to go back',
    bright: 'Turn up the brightness',
    safe: 'Do not share a screenshot. Each code expires within a minute.',
    renewing: 'Making a new code…',
    renew: 'Renew',
    stale: {
      asleep: 'The phone was asleep and the code has expired.',
      idle: 'The code was put away after a long time on the screen.',
      offline: 'No network, so no new code can be made.',
      challenge:
        'This code cannot answer the window’s number just now. Please ask the staff to check it online.',
      other: 'No new code can be made just now.',
    },
    wayOut: {
      unbound: 'Connect to a network to show a code. In a hurry, show the physical card.',
      spent:
        'This phone’s offline supply is used up; it fills itself once you connect. In a hurry, show the physical card.',
      missing:
        'There is no offline supply for this occasion yet; connect once to get it. In a hurry, show the physical card.',
    },
    withoutNetwork: 'Works without network: show it as usual',
    until: 'Works offline until {time}',
    renewSoon: 'Works offline until {time}; please connect before then',
    clock:
      'The phone’s clock may be wrong, so the code may be refused. Connect once and it is corrected by itself.',
    challenge: {
      open: 'Asked for a number?',
      title: 'Enter the number that the window shows',
      text: 'Your code will then carry the answer, which proves that it is shown here and now.',
      field: '6 digits',
      wrong: 'Please enter the 6 digits that the window shows.',
      submit: 'Use it',
      active: 'Answering the number {digits}',
      left: '{n} s left',
      done: 'Done',
    },
    refused: 'No code can be shown',
    toCard: 'See the card’s state',
    ending: 'ending {digits}',
  },

  device: {
    title: 'Codes without a network',
    lead: 'Bind this phone and it makes codes by itself: on the metro, or wherever there is no signal.',
    offer: 'Show codes without a network?',
    open: 'Bind this phone',
    later: 'Not now',
    label: 'Name of this phone',
    labelHint: 'So that you recognise it in the settings',
    labelMissing: 'Please enter a name.',
    code: 'Code from the text message',
    codeHint: 'Sent to the number you sign in with, to make sure that it is you',
    codeMissing: 'Please get a code by text message and enter it.',
    sent: 'The code was sent. It is valid for {minutes} minutes.',
    submit: 'Bind this phone',
    privacy:
      'The key is made by the phone and stays in it; nobody can read it. Neither your name nor your document number is stored.',
    platform: {
      iphone: 'iPhone',
      ipad: 'iPad',
      harmony: 'HarmonyOS phone',
      android: 'Android phone',
      mac: 'Mac',
      windows: 'Windows PC',
      other: 'My device',
    },
    done: 'This phone is bound',
    doneText: 'It shows codes without a network, and renews itself whenever there is one.',
    doneWaiting: 'The offline supply is not here yet; it comes by itself once you are connected.',
    retired: '“{label}” has been retired: it makes no more codes offline.',
    show: 'Show my code',
    unsupported:
      'This browser keeps no data (a private window, perhaps), so the phone cannot be bound. Codes online work as usual.',
    evicted: 'The browser has cleared the offline codes',
    evictedText:
      'That happens when the app was not opened for long or storage ran low; you did nothing wrong. Bind the phone again: the old binding is retired by itself.',
    again: 'Bind again',
    ended: 'Offline codes of this phone have ended',
    endedText: {
      ended:
        'It was unlinked elsewhere, or another phone has taken its place. You can bind it again; codes online work as usual.',
      loss: 'The card was reported lost or is no longer valid, so the offline codes were removed from this phone.',
    },
    understood: 'OK',
  },

  devices: {
    title: 'Bound phones',
    hint: 'Phones that show codes without a network',
    lead: 'These phones show your code even without a network.',
    empty: 'No phone bound yet',
    emptyText: 'A bound phone shows codes without a network.',
    here: 'This phone',
    bound: 'Bound {time}',
    used: 'Last used {time}',
    until: 'Its codes may be accepted until {time} at the latest',
    spent: 'It has no offline codes now',
    unlink: 'Unlink',
    unlinkTitle: 'Unlink “{label}”?',
    effect: {
      here: 'Its key and credentials are deleted at once; from then on codes need a network.',
      other: 'It gets no further credentials.',
      until: 'What it has fetched already may be accepted by verifiers without a network until {time}.',
    },
    lost: 'Phone lost? Unlinking is not enough: report the loss, and all codes stop working at once.',
    toLoss: 'Report loss',
    unlinked: 'Unlinked.',
    back: 'Back to settings',
  },

  timeline: {
    title: 'Record of use',
    lead: 'What happened to the card and who looked at it (Art.\u00a020).',
    empty: 'Nothing here yet',
    emptyText: 'Binding, checks of your code, loss reports and look-ups will appear here.',
    end: 'No earlier entries',
    purpose: 'Purpose: {purpose}',
    by: {
      holder: 'You',
      bank: 'Partner bank',
      agency: 'Agency',
      hotline: 'Hotline',
      system: 'System',
      unit: 'Application unit',
    },
    event: {
      card_ordered: 'Application accepted',
      card_made: 'Card made',
      card_activated: 'Card activated',
      loss_reported: 'Loss reported',
      loss_report_withdrawn: 'Loss report withdrawn',
      card_cancelled: 'Card cancelled',
      card_replaced: 'Card replaced',
      application_locked: 'Card locked',
      application_unlocked: 'Card unlocked',
      replacement_requested: 'Replacement requested',
      card_bound: 'Electronic card bound',
      code_verified: 'Code checked',
      card_looked_up: 'Card data looked up',
      photo_seen: 'Photo looked at',
    },
  },

  settings: {
    title: 'Settings',
    account: 'Signed in as',
    language: 'Language',
    elder: 'Elder mode',
    elderHint: 'Large type, large buttons',
    size: 'Type size',
    sizes: { 1: 'Large', 2: 'Larger', 3: 'Very large', 4: 'Largest' },
    sample: 'Guangzhou Social Security Card',
    help: 'Help and complaints',
    hotline: 'Government service hotline',
    signOutTitle: 'Sign out?',
    signOutText:
      'You will need a new text-message code next time. The card stays bound. Offline codes are removed from this phone.',
  },

  outlets: {
    title: 'Bank outlets',
    lead: 'Outlets of {bank}. A loss report is withdrawn in person, with the identity document.',
    all: 'Partner banks of the social security card and their outlets.',
    empty: 'No outlet found',
    back: 'Back',
  },
}
