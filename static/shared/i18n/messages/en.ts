import type { Wording } from '../wording'
import { problems } from './problems.en'
import type { zh } from './zh'

/** The English wording that all pages share. */
export const en: Wording<typeof zh> = {
  problems,

  demo: { banner: 'DEMO – all data invented', guide: 'Demo guide' },
  language: { label: 'Language', zh: '中文', en: 'English' },

  product: { name: 'Guangzhou Electronic Social Security Card', short: 'Social Security Card' },

  do: {
    cancel: 'Cancel',
    close: 'Close',
    retry: 'Try again',
    signIn: 'Sign in',
    signOut: 'Sign out',
    more: 'Show more',
    copy: 'Copy',
    copied: 'Copied',
    reveal: 'Show',
    hide: 'Hide',
  },

  problem: {
    title: 'That did not work',
    andWait: '{what} Please wait {wait}.',
    seconds: '{n} s',
    minutes: '{n} min',
    reference: 'Code',
  },

  list: ', ',
  loading: 'Loading…',
  offline: 'No network',

  state: {
    ordered: 'Being made',
    made: 'To be activated',
    active: 'Active',
    suspended: 'Reported lost',
    replaced: 'Replaced',
    cancelled: 'Cancelled',
    locked: 'Locked',
  },

  account: {
    medical: 'Medical insurance account',
    financial: 'Financial account',
    state: { pending: 'Not activated', open: 'Open', suspended: 'Suspended', closed: 'Closed' },
    use: {
      medical_settlement: 'Medical bills',
      fund_transfer: 'Insurance fund credits',
      contribution_payment: 'Contributions',
      benefit_receipt: 'Benefits',
      reimbursement_receipt: 'Reimbursements',
      cash: 'Cash',
      transfer: 'Transfers',
    },
  },

  purpose: {
    status_query: 'Status query',
    loss_report: 'Loss report',
    loss_report_withdrawal: 'Withdrawal of a loss report',
    replacement: 'Replacement',
    information_change: 'Change of data',
    cancellation: 'Cancellation',
    registration: 'Registration',
    settlement: 'Settlement',
    boarding: 'Boarding',
    identity_check: 'Identity check',
  },

  role: {
    citizen: 'Holder',
    bank_clerk: 'Bank clerk',
    phone_operator: 'Phone operator',
    agency_officer: 'Agency officer',
    bureau_officer: 'Bureau officer',
    district_officer: 'District officer',
    unit_admin: 'Unit administrator',
    auditor: 'Auditor',
    verifier: 'Verifier operator',
    system: 'System',
  },
}
