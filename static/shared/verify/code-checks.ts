/** Steps 3–9 and 11–13: who signed a code, what it says, and whether its time is now. Each returns, or throws its refusal. */

import { isSignedBy } from './jws'
import { isInWindow, type IssuerKey } from './keys'
import type { Policy } from './policy'
import { importPoint } from './point'
import { readAttributes, type Scene } from './scenes'
import { shardOf, statusUri } from './shards'
import type { Trust } from './trust'
import type { UnverifiedCode } from './unverified'
import { demand, required, type Claims } from './verdict'

/** Seconds for which a device code is accepted. */
export const CODE_LIFETIME = 60

const MAX_LIFETIME = 604_800
const PHONE_ALGORITHM = 'ES256'

/** 3 */
export function findKey(code: UnverifiedCode, { keys }: Trust): IssuerKey {
  const key = required(keys.keys.get(code.kid), 'unknown_key')
  demand(key.purpose === 'code', 'unknown_key')
  return key
}

/** 4 */
export function checkAlgorithms({ algorithm, presentation }: UnverifiedCode, key: IssuerKey): void {
  demand(algorithm === key.algorithm, 'wrong_algorithm')
  demand(presentation === undefined || presentation.algorithm === PHONE_ALGORITHM, 'wrong_algorithm')
}

/** 5 */
export async function checkSignature(code: UnverifiedCode, key: IssuerKey): Promise<void> {
  demand(await isSignedBy(key.key, code.signature, code.signed), 'bad_signature')
}

/** 6 */
export function checkKeyLife(code: UnverifiedCode, key: IssuerKey): void {
  demand(key.revokedAt === null, 'key_revoked')
  demand(isInWindow(key, code.issuedAt), 'key_not_valid')
}

/** The claims by name, which only a scene of the key set gives them; null without such a scene or with other attributes. */
export function readClaims(code: UnverifiedCode, { keys }: Trust): Claims | null {
  const scene = findScene(code, keys.scenes)
  const attributes = scene && readAttributes(scene, code.attributes)
  if (!scene || !attributes) return null
  const { issuedAt, expiresAt, tokenId } = code
  return { scene: scene.name, issued_at: issuedAt, expires_at: expiresAt, token_id: tokenId, ...attributes }
}

/** 7, what the code says */
export function checkClaims(code: UnverifiedCode, claims: Claims | null, { keys }: Trust): Claims {
  const { issuer = keys.issuer, statusUri: uri } = code
  demand(issuer === keys.issuer, 'claims_invalid')
  const own = statusUri(keys.issuer, shardOf(code.expiresAt))
  demand(uri === undefined || uri === own, 'claims_invalid')
  return required(claims, 'claims_invalid')
}

/** 7, the phone's key; null for a server code. */
export async function readHolder({ holder }: UnverifiedCode): Promise<CryptoKey | null> {
  return holder ? required(await importPoint(holder.x, holder.isOdd), 'claims_invalid') : null
}

/** 8 */
export function checkLifetime({ issuedAt, expiresAt }: UnverifiedCode): void {
  demand(issuedAt < expiresAt && expiresAt - issuedAt <= MAX_LIFETIME, 'lifetime_invalid')
}

/** 9 */
export async function checkHolder({ presentation }: UnverifiedCode, holder: CryptoKey | null): Promise<void> {
  if (holder === null) return
  const { signature, signed } = required(presentation, 'holder_signature_missing')
  demand(await isSignedBy(holder, signature, signed), 'bad_holder_signature')
}

/** From step 9 on the claims of a device code are the code's, no longer the credential's. */
export function withPhoneTime(claims: Claims, { presentation, expiresAt }: UnverifiedCode): Claims {
  if (presentation === undefined) return claims
  const { issuedAt } = presentation
  return { ...claims, issued_at: issuedAt, expires_at: Math.min(issuedAt + CODE_LIFETIME, expiresAt) }
}

/** 11 */
export function checkIssued({ issuedAt, presentation }: UnverifiedCode, policy: Policy, now: number): void {
  const latest = now + policy.leeway
  demand(issuedAt <= latest, presentation ? 'credential_not_yet_valid' : 'not_yet_valid')
  demand(presentation === undefined || presentation.issuedAt <= latest, 'not_yet_valid')
}

/** 12 */
export function checkExpiry({ expiresAt, presentation }: UnverifiedCode, policy: Policy, now: number): void {
  const passed = now - policy.leeway
  demand(presentation === undefined || presentation.issuedAt + CODE_LIFETIME > passed, 'expired')
  demand(expiresAt > passed, presentation ? 'credential_expired' : 'expired')
}

/** 13 */
export function checkChallenge(
  { presentation }: UnverifiedCode,
  policy: Policy,
  challenge: number | null,
): void {
  const answer = presentation?.challenge ?? null
  if (answer === null) return demand(challenge === null && !policy.challenge, 'challenge_missing')
  demand(challenge !== null, 'challenge_unexpected')
  demand(answer === challenge, 'challenge_wrong')
}

function findScene({ scene }: UnverifiedCode, scenes: readonly Scene[]): Scene | undefined {
  return scenes.find(({ id, name }) => (typeof scene === 'number' ? id === scene : name === scene))
}
