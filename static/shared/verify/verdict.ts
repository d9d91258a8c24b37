/** What a judgement can say. Each code belongs to one step of docs/token-format.md §4 and to one outcome. */

export type Outcome = 'valid' | 'revoked' | 'expired' | 'invalid' | 'unknown'

export const OUTCOME_OF = {
  ok: 'valid',
  too_long: 'invalid',
  not_a_code: 'invalid',
  unsupported_format: 'invalid',
  malformed: 'invalid',
  unknown_key: 'unknown',
  wrong_algorithm: 'invalid',
  bad_signature: 'invalid',
  key_revoked: 'invalid',
  key_not_valid: 'invalid',
  claims_invalid: 'invalid',
  lifetime_invalid: 'invalid',
  holder_signature_missing: 'invalid',
  bad_holder_signature: 'invalid',
  clock_behind: 'unknown',
  credential_not_yet_valid: 'invalid',
  not_yet_valid: 'invalid',
  expired: 'expired',
  credential_expired: 'expired',
  challenge_missing: 'invalid',
  challenge_wrong: 'invalid',
  challenge_unexpected: 'invalid',
  scene_not_accepted: 'invalid',
  credential_stale: 'expired',
  keys_expired: 'unknown',
  list_expired: 'unknown',
  list_stale: 'unknown',
  list_missing: 'unknown',
  revoked: 'revoked',
  double_read: 'invalid',
  replayed: 'invalid',
  no_trust: 'unknown',
} as const satisfies Record<string, Outcome>

export type Code = keyof typeof OUTCOME_OF

export const CODES = Object.keys(OUTCOME_OF) as Code[]

/** What a code says, once its signature holds and the key set knows its scene. Times are seconds since 1970; byte strings are hex. */
export interface Claims {
  scene: string
  issued_at: number
  expires_at: number
  token_id: string
  concession?: number
  pseudonym?: string
  sealed?: string
}

/** What the answer rests on, as far as known. Ages are seconds. */
export interface Evidence {
  /** Who made the code: the server, or a phone. */
  form?: 'server' | 'device'
  list_age?: number
  list_version?: number
  keys_version?: number
  code_age?: number
  /** Of a device code: how long ago its credential was issued. */
  credential_age?: number
  kid?: string
  shard?: number
}

export interface Verdict {
  readonly outcome: Outcome
  readonly code: Code
  readonly claims: Claims | null
  readonly evidence: Evidence
}

/** A step that failed. Thrown inside `verify` only, which turns it into a verdict. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(readonly code: Code) {
    super(code)
  }
}

/** The value, or a refusal with the step's code. */
export function required<T>(value: T | null | undefined, code: Code): T {
  if (value === null || value === undefined) throw new Refusal(code)
  return value
}

export function demand(holds: boolean, code: Code): void {
  if (!holds) throw new Refusal(code)
}
