import type { Wording } from '@shared/i18n/wording'
import type { zh } from './zh'

/** The demo guide in English. */
export const en: Wording<typeof zh> = {
  title: 'Demo guide',
  lead: 'Choose a person, open the page, sign in with the details shown. People, numbers and places are invented.',
  none: 'This is not a demo',
  noneText: 'Demo people exist on demo systems only.',
  people: 'Who to be',
  open: { citizen: 'Open the card app', counter: 'Open the counter' },
  phone: 'Phone',
  document: 'Document number',
  holder: 'Name',
  username: 'User name',
  password: 'Password',
  totp: 'One-time code',
  left: '{n} s',
  inbox: 'Text messages',
  inboxLead: 'Refreshed every 2 seconds. Sign-in codes arrive here.',
  inboxEmpty: 'No messages yet',
  code: 'code',
  route: 'A tour',
  steps: {
    show: 'Sign in as a holder, bind the card, open “Code”.',
    enrol:
      'Sign in to the counter as unit administrator, add a verifier, type its code on the verifier page.',
    scan: 'Scan the holder’s code with the verifier page: green, valid.',
    lose: 'Report the loss in the holder’s app and scan again: a connected verifier refuses at once.',
    withdraw: 'Sign in to the counter as bank clerk, see the document, withdraw the loss report.',
    audit: 'Sign in as auditor, read everything that happened and verify the chain.',
  },
}
