/**
 * Credentials that were verified before. A phone shows the same one for a day, so from the second code on only the phone's own
 * signature is left to check.
 */

import { concat, hex } from './bytes'
import type { IssuerKey } from './keys'
import type { UnverifiedCode } from './unverified'

export class CredentialMemo {
  /** By the issuer's key as it was imported: what another key set brings is verified anew. */
  private readonly holders = new WeakMap<CryptoKey, Map<string, CryptoKey>>()

  constructor(private readonly capacity = 2_000) {}

  /** The phone's key, if this very credential with this very signature was verified under this key. */
  recall(code: UnverifiedCode, { key }: IssuerKey): CryptoKey | null {
    const known = this.holders.get(key)
    const name = nameOf(code)
    const holder = known?.get(name)
    if (known === undefined || holder === undefined) return null
    known.delete(name) // to its end: the one not seen for longest is forgotten first
    known.set(name, holder)
    return holder
  }

  keep(code: UnverifiedCode, { key }: IssuerKey, holder: CryptoKey): void {
    const known = this.holders.get(key) ?? new Map<string, CryptoKey>()
    known.set(nameOf(code), holder)
    this.holders.set(key, known)
    const [oldest] = known.keys()
    if (known.size > this.capacity && oldest !== undefined) known.delete(oldest)
  }
}

const nameOf = ({ signature, signed }: UnverifiedCode): string => hex(concat(signature, signed))
