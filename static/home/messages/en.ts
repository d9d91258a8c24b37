import type { Wording } from '@shared/i18n/wording'
import type { zh } from './zh'

/** The home page in English. */
export const en: Wording<typeof zh> = {
  title: 'Guangzhou Electronic Social Security Card',
  tagline: 'One card in the phone:\nthe doctor, the bus, the counter.',
  lead: 'It has the same effect as the physical card. Its code changes every minute and can be judged on the spot without a network; once reported lost, connected verifiers refuse it at once.',
  open: 'Open my card',
  law: 'Guangzhou Social Security Card Measures, Article 35',

  doors: 'I am …',
  holder: {
    name: 'A holder',
    text: 'Sign in, bind, show a code, report a loss, and see who used or looked up the card.',
    go: 'My card',
  },
  verifier: {
    name: 'A verifier',
    text: 'Hospital window, gate, counter: a camera or a scanner tells real from false, even offline.',
    go: 'Verifier page',
  },
  counter: {
    name: 'Staff',
    text: 'Banks, hotline, agency, units and audit: one person served with the keyboard alone.',
    go: 'Counter',
  },
  developer: {
    name: 'A developer',
    text: 'One page of format, one command. API, keys and revocation lists are public.',
    go: 'API documentation',
  },

  rules: 'Good to know',
  rule: {
    lost: {
      name: 'Card lost',
      text: 'Report it online, by hotline, by bank phone or at an outlet. It counts at once and suspends both accounts (Art.\u00a021).',
    },
    found: {
      name: 'Card found',
      text: 'Go to an outlet of the card’s bank with your identity document, before you request a replacement (Art.\u00a022).',
    },
    fresh: {
      name: 'A new card',
      text: 'Within 12 working days of acceptance; on the spot at an instant-issue outlet (Art.\u00a025).',
    },
    fee: {
      name: 'Fee',
      text: 'The first card is free, and so is an exchange for a fault within a year (Art.\u00a027).',
    },
  },

  banks: 'Partner banks and outlets',
  banksLead:
    'Loss reports, their withdrawal and replacements: at an outlet of the card’s own bank (Art.\u00a06).',
  hotline: 'Hotline',
  outlets: 'Outlets: {n}',
  empty: 'The list has not been published yet',

  material: 'Public material',
  jwks: 'Issuer keys (JWKS)',
  keys: 'Key set',
  manifest: 'Manifest',
  openapi: 'OpenAPI description',
  complaint: 'Questions and complaints: government service hotline 12345',
}
