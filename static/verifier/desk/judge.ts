/** What this site makes of a code: its own verdict, the issuer's where the policy has it asked, and the answer to its challenge. */

import {
  verify,
  type Outcome,
  type Policy,
  type ReplayMemory,
  type Trust,
  type Verdict,
} from '@shared/verify'
import type { Holder, OnlineAnswer } from '../device/verifier-api'

/** `here`: the issuer was not asked. `issuer`: this is its answer. `unanswered`: it was asked in vain. */
export type JudgedBy = 'here' | 'issuer' | 'unanswered'

export interface Judgement {
  readonly verdict: Verdict
  readonly by: JudgedBy
  /** What the issuer told of the holder. */
  readonly holder: Holder | null
  /** The number that was asked for and that the code was held to. */
  readonly challenge: number | null
}

export interface JudgeParts {
  readonly trust: () => Trust | null
  readonly policy: () => Policy
  readonly replay: ReplayMemory
  /** Seconds since 1970. */
  readonly now: () => number
  /** The issuer's answer; null where none comes in time. */
  readonly askIssuer: (text: string, challenge: number | null) => Promise<OnlineAnswer | null>
  /** Numbers that the code may answer, the one on the screen first; none where none is asked for. */
  readonly accepted: () => readonly number[]
  /** The number of the customer who was served a moment ago. */
  readonly echo: () => number | null
}

/** Of which verdicts of this site the issuer may know better, by policy. It knows nothing of the site's scenes, challenge and memory. */
const ASKED: Readonly<Record<Policy['online'], readonly Outcome[]>> = {
  never: [],
  on_unknown: ['unknown'],
  first: ['valid', 'revoked', 'unknown'],
}

/** Null where there is nothing new to show: read twice, or still the customer who was just served. */
export function createJudge(parts: JudgeParts): (text: string) => Promise<Judgement | null> {
  const { policy, askIssuer } = parts

  return async text => {
    const own = await judgeHere(text, parts)
    if (own === null || !ASKED[policy().online].includes(own.verdict.outcome)) return own
    const answer = await askIssuer(text, own.challenge)
    if (answer === null || answer.verdict.outcome === 'unknown') return { ...own, by: 'unanswered' }
    const isOurs = answer.verdict.outcome !== 'valid' || isAccepted(answer.verdict, policy())
    if (!isOurs) return { ...own, verdict: refused(answer.verdict), by: 'issuer' }
    return { ...own, verdict: answer.verdict, by: 'issuer', holder: answer.holder }
  }
}

async function judgeHere(text: string, parts: JudgeParts): Promise<Judgement | null> {
  const accepted = parts.accepted()
  let challenge = accepted[0] ?? null
  let verdict = await verifyHere(text, parts, challenge)
  for (const earlier of accepted.slice(1)) {
    if (verdict.code !== 'challenge_wrong') break
    const again = await verifyHere(text, parts, earlier)
    if (again.code !== 'challenge_wrong') [verdict, challenge] = [again, earlier]
  }
  if (verdict.code === 'double_read' || (await isEcho(verdict, text, parts))) return null
  return { verdict, challenge, by: 'here', holder: null }
}

async function isEcho({ code }: Verdict, text: string, parts: JudgeParts): Promise<boolean> {
  const echo = parts.echo()
  if (echo === null || (code !== 'challenge_wrong' && code !== 'challenge_unexpected')) return false
  const { code: answered } = await verifyHere(text, { ...parts, replay: null }, echo)
  return answered === 'ok'
}

function verifyHere(
  text: string,
  {
    trust,
    policy,
    now,
    replay,
  }: Pick<JudgeParts, 'trust' | 'policy' | 'now'> & { replay: ReplayMemory | null },
  challenge: number | null,
): Promise<Verdict> {
  return verify(text, { trust: trust(), policy: policy(), now: now(), replay, challenge })
}

/** Step 14, which the issuer cannot judge for a site. */
const isAccepted = ({ claims }: Verdict, { scenes }: Policy): boolean =>
  scenes === null || (claims !== null && scenes.includes(claims.scene))

const refused = (verdict: Verdict): Verdict => ({
  ...verdict,
  outcome: 'invalid',
  code: 'scene_not_accepted',
})
