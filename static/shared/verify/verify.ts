/**
 * Judges a code by trust material, policy and time alone: the twin of the Python `signing.verify`, held to the same vectors.
 * Reads no clock, file or network, and ends in a verdict for any text.
 */

import {
  checkAlgorithm,
  checkClaims,
  checkClock,
  checkExpiry,
  checkFirstSight,
  checkIssued,
  checkKeyWindow,
  checkLifetime,
  checkListAge,
  checkNotRevoked,
  checkSceneAccepted,
  checkSignature,
  checkTrustExpiry,
  findKey,
  findList,
  readClaims,
  shardOf,
} from './checks'
import { parseUnverified, type UnverifiedCode } from './code'
import type { Policy } from './policy'
import type { ReplayMemory } from './replay'
import type { Trust } from './trust'
import { OUTCOME_OF, Refusal, type Claims, type Code, type Evidence, type Verdict } from './verdict'

export interface Circumstances {
  /** Null while no usable trust material is held. */
  readonly trust: Trust | null
  readonly policy: Policy
  /** Seconds since 1970. */
  readonly now: number
  readonly replay?: ReplayMemory | null
}

interface Finding {
  claims: Claims | null
  evidence: Evidence
}

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
 * The steps, numbered as in docs/token-format.md §4; the first that fails decides:
 *
 *  1 text and writing           7 issuer, scene, attributes    13 key set and list unexpired
 *  2 decoding                   8 lifetime                     14 age of the list
 *  3 key                        9 clock                        15 shard and index
 *  4 algorithm                 10 not before its time          16 the bit
 *  5 signature                 11 expiry                       17 first sight
 *  6 the key's window          12 scene accepted here          18 valid
 */
async function judge(
  text: string,
  trust: Trust,
  circumstances: Circumstances,
  finding: Finding,
): Promise<void> {
  const { policy, now, replay = null } = circumstances
  const code = parseUnverified(text) // 1, 2
  note(finding.evidence, code, now)
  const key = findKey(code, trust) // 3
  checkAlgorithm(code, key) // 4
  await checkSignature(code, key) // 5
  finding.claims = readClaims(code, trust)
  checkKeyWindow(code, key) // 6
  const claims = checkClaims(code, finding.claims, trust) // 7
  checkLifetime(code) // 8
  checkClock(trust, policy, now) // 9
  checkIssued(code, policy, now) // 10
  checkExpiry(code, policy, now) // 11
  checkSceneAccepted(claims, policy) // 12
  checkTrustExpiry(trust, now) // 13
  checkListAge(trust, policy, now) // 14
  const list = findList(code, trust) // 15
  checkNotRevoked(code, list) // 16
  checkFirstSight(code, replay, now) // 17
}

function verdict(code: Code, { claims, evidence }: Finding): Verdict {
  return { outcome: OUTCOME_OF[code], code, claims, evidence }
}

function evidenceOf({ manifest, keys }: Trust, now: number): Evidence {
  return { list_age: now - manifest.issuedAt, list_version: manifest.version, keys_version: keys.version }
}

function note(evidence: Evidence, code: UnverifiedCode, now: number): void {
  evidence.code_age = now - code.issuedAt
  evidence.kid = code.kid
  evidence.shard = shardOf(code.expiresAt)
}
