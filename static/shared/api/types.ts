/** The bodies of the HTTP API, as the pages read them. Times are RFC 3339 in UTC. */

/** Where the next page of a list begins; opaque. */
export type Cursor = string | number

export interface Page<Item> {
  items: Item[]
  next: Cursor | null
}

// Sessions

export type Role =
  | 'citizen'
  | 'bank_clerk'
  | 'phone_operator'
  | 'agency_officer'
  | 'bureau_officer'
  | 'district_officer'
  | 'unit_admin'
  | 'auditor'

export interface Named {
  name: string
  name_en: string
}

export interface Bank extends Named {
  id: number | string
  code: string
  hotline: string
}

export interface Session {
  id: string
  role: Role
  name: string | null
  phone?: string | null
  expires_at: string
  bound?: boolean
  bank?: Bank | null
  outlet: (Named & { id: number | string; bank: Bank }) | null
  unit: (Named & { id: number | string; kind: string }) | null
}

export interface SmsCodeSent {
  expires_in: number
  retry_after: number
}

// The card

export type CardState = 'ordered' | 'made' | 'active' | 'suspended' | 'replaced' | 'cancelled'
export type AccountState = 'pending' | 'open' | 'suspended' | 'closed'

export interface FundAccount {
  kind: 'medical' | 'financial'
  state: AccountState
  uses: string[]
}

interface CardRecord {
  id: number | string
  number: string
  holder_name: string
  document_number: string
  state: CardState
  locked: boolean
  usable: boolean
  bank: Bank
  issued_on: string | null
  activated_on: string | null
  accounts: FundAccount[]
  replacement_requested: boolean
  version: number
}

export interface Card extends CardRecord {
  scenes: { name: string }[]
  photo: string | null
}

export interface TimelineItem {
  at: string
  event: string
  by: 'holder' | 'bank' | 'agency' | 'hotline' | 'system' | 'unit'
  place: string | null
  place_en?: string | null
  purpose?: string | null
}

export interface Code {
  text: string
  scene: string
  form: 'digits'
  issued_at: string
  expires_at: string
  server_time: string
}

// The holder's phones

export interface LinkedDevice {
  id: string
  label: string
  enrolled_at: string
  last_seen_at: string
  /** Until when a verifier without a network may still accept what this phone shows; null: it was given nothing. */
  credentials_until: string | null
}

export interface NewDevice extends LinkedDevice {
  /** The phones that had to make room for this one. */
  retired: LinkedDevice[]
}

export interface IssuedCredential {
  scene: string
  slot: number
  issued_at: string
  expires_at: string
  /** The bytes of the CWT, base64url. */
  credential: string
}

export interface IssuedCredentials {
  credentials: IssuedCredential[]
  server_time: string
}

// The counter

export type CardEvent = 'report_loss' | 'withdraw_loss_report' | 'cancel'

export interface CardAction {
  event: string
  allowed: boolean
  reason: string | null
}

export interface CounterCard extends CardRecord {
  phone: string | null
  photo?: string | null
  actions: CardAction[]
}

export const LOOKUP_PURPOSES = [
  'status_query',
  'loss_report',
  'loss_report_withdrawal',
  'replacement',
  'information_change',
  'cancellation',
] as const
export type LookupPurpose = (typeof LOOKUP_PURPOSES)[number]

export interface CardLookup {
  card: CounterCard
  masked: boolean
  actions?: CardAction[]
}

/** What the clerk has established before a loss report or its withdrawal (Art. 21, 22). */
export interface Established {
  document_seen?: true
  caller_verified?: true
}

export type CancellationReason = 'death' | 'entitlement_lost'

export interface Proposal {
  id: number | string
  card_id: number | string
  card_number: string
  holder_name: string
  reason: CancellationReason
  note: string
  proposed_by: string
  proposed_at: string
  expires_at: string
  state: 'open' | 'confirmed' | 'rejected' | 'expired'
  decided_by: string | null
  decided_at: string | null
  own: boolean
}

// The unit's verifiers

export const PRESETS = ['hospital', 'gate', 'counter'] as const
export type Preset = (typeof PRESETS)[number]

export interface Verifier {
  id: number | string
  label: string
  preset: Preset
  state: 'waiting' | 'enrolled' | 'disabled'
  enrolled_at: string | null
  last_seen_at: string | null
}

export interface Enrolment {
  enrolment_code: string
  enrolment_expires_at: string
}

// The audit log

export interface AuditEntry {
  seq: number
  at: string
  actor: string
  role: string
  action: string
  subject: string | null
  purpose: string | null
  hash: string
}

export interface AuditVerification {
  ok: boolean
  entries: number
  first_bad: number | null
  fault: 'changed' | 'removed' | 'reordered' | null
}

// Open to everyone

export interface Outlet {
  id: number | string
  name: string
  district: string
  address: string
}

export interface PublicBank extends Bank {
  outlets: Outlet[]
}

// The demo

export interface Persona {
  id: string
  role: Role | 'verifier'
  name: string
  name_en: string
  about: string
  about_en: string
  app: string
  phone?: string | null
  document_number?: string | null
  username?: string | null
  password?: string | null
  totp?: string | null
  totp_seconds_left?: number | null
}

export interface InboxMessage {
  at: string
  phone: string
  text: string
}
