/** Which of the credentials kept here makes the next code, until when they last, and when to fetch new ones. Times are milliseconds on the issuer's clock. */

import type { Bytes } from '@shared/verify/bytes'

export interface Credential {
  readonly scene: string
  /** The second of a scene begins before the first ends. */
  readonly slot: number
  readonly issuedAt: number
  readonly expiresAt: number
  /** The bytes of the CWT, as the issuer wrote them. */
  readonly token: Bytes
  /** Non-extractable: the browser signs with it, no script can read it. */
  readonly key: CryptoKey
}

/** Credentials older than this are renewed as soon as there is a network. */
const FRESH = 4 * 3_600_000
/** Within this time before the end the holder is asked to connect. */
const SOON = 2 * 3_600_000

const isAlive = ({ issuedAt, expiresAt }: Credential, now: number) => issuedAt <= now && now < expiresAt

/** The youngest that is valid now: a verifier may ask that a credential be young. */
export function credentialFor(all: readonly Credential[], scene: string, now: number): Credential | null {
  return all
    .filter(each => each.scene === scene && isAlive(each, now))
    .reduce<Credential | null>((best, each) => (best && best.issuedAt >= each.issuedAt ? best : each), null)
}

/** Until when a scene's codes can be drawn without a gap; null where none can be drawn now. */
export function lastsUntil(all: readonly Credential[], scene: string, now: number): number | null {
  let until = credentialFor(all, scene, now)?.expiresAt ?? null
  const later = all.filter(each => each.scene === scene).sort((a, b) => a.issuedAt - b.issuedAt)
  for (const { issuedAt, expiresAt } of later)
    if (until !== null && issuedAt <= until) until = Math.max(until, expiresAt)
  return until
}

/** Whether some scene has no credential, or none that was issued a short time ago. */
export function isRenewalDue(all: readonly Credential[], scenes: readonly string[], now: number): boolean {
  return scenes.some(scene => {
    const living = credentialFor(all, scene, now)
    return living === null || now - living.issuedAt > FRESH
  })
}

export function endsSoon(until: number, now: number): boolean {
  return until - now < SOON
}
