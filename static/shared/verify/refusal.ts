/** Why trust material was refused: steps T1–T4 of docs/token-format.md §3. */

export const TRUST_CODES = [
  'root_malformed',
  'keys_untrusted',
  'keys_rollback',
  'keys_expired',
  'manifest_untrusted',
  'manifest_rollback',
  'keys_mismatch',
  'list_mismatch',
  'list_untrusted',
] as const

export type TrustCode = (typeof TRUST_CODES)[number]

export class TrustRefusal extends Error {
  override readonly name = 'TrustRefusal'

  constructor(readonly code: TrustCode) {
    super(code)
  }
}

export function trusted<T>(value: T | null | undefined, code: TrustCode): T {
  if (value === null || value === undefined) throw new TrustRefusal(code)
  return value
}
