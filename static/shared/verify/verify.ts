/**
 * Judges a code by trust material, policy and time alone: the twin of the Python `signing.verify`, held to the same vectors.
 * Reads no clock, file or network, and ends in a verdict for any text.
 */

import { parseUnverified } from './code'
import {
  checkAlgorithms,
  checkChallenge,
  checkClaims,
  checkExpiry,
  checkHolder,
  checkIssued,
  checkKeyLife,
  checkLifetime,
  checkSignature,
  findKey,
  readClaims,
  readHolder,
  withPhoneTime,
} from './code-checks'
import { CredentialMemo } from './credential-memo'
import type { IssuerKey } from './keys'
import type { Policy } from './policy'
import type { ReplayMemory } from './replay'
import { shardOf } from './shards'
import {
  checkClock,
  checkCredentialAge,
  checkFirstSight,
  checkListAge,
  checkNotRevoked,
  checkSceneAccepted,
  checkTrustExpiry,
  findList,
} from './site-checks'
import type { Trust } from './trust'
import type { UnverifiedCode } from './unverified'
import { OUTCOME_OF, Refusal, type Claims, type Code, type Evidence, type Verdict } from './verdict'

export interface Circumstances {
  /** Null while no usable trust material is held. */
  readonly trust: Trust | null
  readonly policy: Policy
  /** Seconds since 1970. */
  readonly now: number
  readonly replay?: ReplayMemory | null
  /** The number that this site showed and wants answered, 0 … 2^53 − 1; null where it showed none. */
  readonly challenge?: number | null
}

interface Finding {
  claims: Claims | null
  evidence: Evidence
}

const KNOWN_CREDENTIALS = new CredentialMemo()

export async function verify(text: string, circumstances: Circumstances): Promise<Verdict> {
  const { trust, now } = circumstances
  if (trust === null) return verdict('no_trust', { claims: null, evidence: {} })
  const finding: Finding = { claims: null, evidence: evidenceOf(trust, now) }
  try {
    await judge(text, trust, circumstances, finding)
    return verdict('ok', finding)
  } catch (refusal) {
    if (refusal instanceof Refusal) return verdict(refusal.code, finding)
    throw refusal
  }
}

/**
 * The steps, numbered as in docs/token-format.md §4; the first that fails decides. A credential seen before is judged anew but
 * for the issuer's signature, where the same key verified the very same bytes.
 *
 *  1 text and writing                 8 lifetime                  15 age of the credential
 *  2 decoding                         9 the phone's signature     16 key set and manifest unexpired
 *  3 key                             10 clock                     17 age of the list
 *  4 algorithms                      11 not before its time       18 shard and index
 *  5 the issuer's signature          12 expiry                    19 revoked
 *  6 the key's life                  13 challenge                 20 first sight
 *  7 issuer, scene, phone's key      14 scene accepted here       21 valid
 */
async function judge(
  text: string,
  trust: Trust,
  circumstances: Circumstances,
  finding: Finding,
): Promise<void> {
  const { policy, now, replay = null, challenge = null } = circumstances
  const code = await parseUnverified(text) // 1, 2
  note(finding.evidence, code, now)
  const key = findKey(code, trust) // 3
  checkAlgorithms(code, key) // 4
  const known = code.holder ? KNOWN_CREDENTIALS.recall(code, key) : null
  if (known === null) await checkSignature(code, key) // 5
  finding.claims = readClaims(code, trust)
  checkKeyLife(code, key) // 6
  const claims = checkClaims(code, finding.claims, trust) // 7
  const holder = known ?? (await readNewHolder(code, key)) // 7
  checkLifetime(code) // 8
  await checkHolder(code, holder) // 9
  const shown = (finding.claims = withPhoneTime(claims, code))
  checkClock(trust, policy, now) // 10
  checkIssued(code, policy, now) // 11
  checkExpiry(code, policy, now) // 12
  checkChallenge(code, policy, challenge) // 13
  checkSceneAccepted(shown, policy) // 14
  checkCredentialAge(code, policy, now) // 15
  checkTrustExpiry(trust, now) // 16
  checkListAge(trust, policy, now) // 17
  const list = findList(code, trust) // 18
  checkNotRevoked(code, list) // 19
  checkFirstSight(shown, policy, now, replay) // 20
}

/** By now the issuer's signature holds, so the credential may be remembered: a stranger cannot fill the memo. */
async function readNewHolder(code: UnverifiedCode, key: IssuerKey): Promise<CryptoKey | null> {
  const holder = await readHolder(code)
  if (holder !== null) KNOWN_CREDENTIALS.keep(code, key, holder)
  return holder
}

function verdict(code: Code, { claims, evidence }: Finding): Verdict {
  return { outcome: OUTCOME_OF[code], code, claims, evidence }
}

function evidenceOf({ manifest, keys }: Trust, now: number): Evidence {
  return { list_age: now - manifest.issuedAt, list_version: manifest.version, keys_version: keys.version }
}

function note(evidence: Evidence, code: UnverifiedCode, now: number): void {
  const { presentation, issuedAt, expiresAt, kid } = code
  evidence.form = presentation ? 'device' : 'server'
  evidence.code_age = now - (presentation ?? code).issuedAt
  if (presentation) evidence.credential_age = now - issuedAt
  evidence.kid = kid
  evidence.shard = shardOf(expiresAt)
}
