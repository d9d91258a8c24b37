// @vitest-environment node
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@shared/api/problem'
import { createHolderKey, presentCode } from '@shared/device'
import {
  BoundedReplayMemory,
  loadTrust,
  NOTHING_SEEN,
  PRESETS,
  type Policy,
  type Trust,
  type Verdict,
} from '@shared/verify'
import { signalOf } from '../../verifier/desk/display'
import { createIssuerLine } from '../../verifier/desk/issuer-line'
import { createJudge, type JudgeParts } from '../../verifier/desk/judge'
import type { Identity } from '../../verifier/device/identity'
import type { OnlineAnswer } from '../../verifier/device/verifier-api'
import { NOW, TestIssuer } from '../verify/issuer'

let issuer: TestIssuer
let trust: Trust
let keys: CryptoKeyPair
let credential: Uint8Array<ArrayBuffer>
let asked: (number | null)[]

beforeAll(async () => {
  issuer = await TestIssuer.create()
  trust = await loadTrust(await issuer.material(), NOTHING_SEEN)
  keys = await createHolderKey()
  credential = await issuer.credential(keys.publicKey)
})

beforeEach(() => {
  asked = []
})

function judgeAt(
  policy: Partial<Policy>,
  parts: Partial<JudgeParts> = {},
  answer: OnlineAnswer | null = null,
) {
  return createJudge({
    trust: () => trust,
    policy: () => ({ ...PRESETS.counter, online: 'never', ...policy }),
    replay: new BoundedReplayMemory(),
    now: () => NOW,
    askIssuer: (_, challenge) => Promise.resolve((asked.push(challenge), answer)),
    accepted: () => [],
    echo: () => null,
    ...parts,
  })
}

const deviceCode = (challenge?: number, now = NOW) =>
  presentCode({ credential, privateKey: keys.privateKey, now, challenge })
const saying = (verdict: Partial<Verdict>): OnlineAnswer => ({
  verdict: { outcome: 'valid', code: 'ok', claims: null, evidence: {}, ...verdict },
  holder: { name: '陈静' },
})

describe('a challenge', () => {
  it('is answered by the number on the screen, or the one before', async () => {
    for (const number of [123_456, 654_321]) {
      const judgement = await judgeAt({}, { accepted: () => [123_456, 654_321] })(await deviceCode(number))
      expect(judgement).toMatchObject({ verdict: { code: 'ok' }, challenge: number })
    }
  })

  it('is not answered by another, by none, or by a server code', async () => {
    const judge = judgeAt({ challenge: true }, { accepted: () => [123_456, 654_321] })
    expect((await judge(await deviceCode(111_111)))?.verdict.code).toBe('challenge_wrong')
    expect((await judge(await deviceCode()))?.verdict.code).toBe('challenge_missing')
    expect((await judge(await issuer.digits()))?.verdict.code).toBe('challenge_missing')
  })

  it('that was not asked is refused, unless it is the customer who was just served', async () => {
    const text = await deviceCode(123_456)
    expect((await judgeAt({})(text))?.verdict.code).toBe('challenge_unexpected')
    expect(await judgeAt({}, { echo: () => 123_456 })(text)).toBeNull()
    expect((await judgeAt({}, { echo: () => 999_999 })(text))?.verdict.code).toBe('challenge_unexpected')
    const next = judgeAt({}, { accepted: () => [222_222], echo: () => 123_456 })
    expect(await next(text)).toBeNull()
  })
})

describe('the same code', () => {
  it('read twice by one scanner is no news; shown again it is refused', async () => {
    let now = NOW
    const judge = judgeAt({}, { now: () => now })
    const text = await issuer.digits()
    expect((await judge(text))?.verdict.code).toBe('ok')
    now += 1
    expect(await judge(text)).toBeNull()
    now += 3
    expect((await judge(text))?.verdict.code).toBe('replayed')
  })
})

describe('asking the issuer', () => {
  const STALE = { trust: () => null }

  it('never happens where the policy says never', async () => {
    expect((await judgeAt({ online: 'never' }, STALE)(await issuer.digits()))?.by).toBe('here')
    expect(asked).toEqual([])
  })

  it('on_unknown happens only where this site cannot tell', async () => {
    const judge = judgeAt({ online: 'on_unknown' })
    expect((await judge(await issuer.digits()))?.by).toBe('here')
    expect(asked).toEqual([])
    const unsure = judgeAt({ online: 'on_unknown' }, STALE, saying({ outcome: 'revoked', code: 'revoked' }))
    expect(await unsure(await issuer.digits())).toMatchObject({ by: 'issuer', verdict: { code: 'revoked' } })
    expect(asked).toHaveLength(1)
  })

  it('first happens before a yes, and tells who the holder is', async () => {
    const claims = { scene: 'identity', issued_at: NOW, expires_at: NOW + 60, token_id: '00' }
    const judge = judgeAt({ online: 'first' }, {}, saying({ claims }))
    expect(await judge(await issuer.digits())).toMatchObject({ by: 'issuer', holder: { name: '陈静' } })
  })

  it('first falls back to this site where no answer comes, and says so', async () => {
    const judge = judgeAt({ online: 'first' })
    expect(await judge(await issuer.digits())).toMatchObject({ by: 'unanswered', verdict: { code: 'ok' } })
  })

  it('does not lift what this site refuses by itself', async () => {
    const judge = judgeAt({ online: 'first', scenes: ['transit'] }, {}, saying({}))
    expect((await judge(await issuer.digits()))?.verdict.code).toBe('scene_not_accepted')
    expect((await judge('hello'))?.verdict.code).toBe('not_a_code')
    expect(asked).toEqual([])
    const claims = { scene: 'medical', issued_at: NOW, expires_at: NOW + 60, token_id: '00' }
    const unsure = judgeAt({ online: 'first', scenes: ['transit'] }, STALE, saying({ claims }))
    expect((await unsure(await issuer.digits()))?.verdict.code).toBe('scene_not_accepted')
  })

  it('names the number that the code must answer', async () => {
    await judgeAt({ online: 'first' }, { ...STALE, accepted: () => [123_456] })(await deviceCode(123_456))
    expect(asked).toEqual([123_456])
  })

  it('that cannot tell either leaves it unknown', async () => {
    const answer = saying({ outcome: 'unknown', code: 'no_trust' })
    const judgement = await judgeAt({ online: 'on_unknown' }, STALE, answer)(await issuer.digits())
    expect(judgement).toMatchObject({ by: 'unanswered', verdict: { outcome: 'unknown' } })
  })
})

describe('the line to the issuer', () => {
  const identity = { label: '窗口', policy: PRESETS.counter } as Identity
  const place = { identity: () => identity, operator: () => '' }

  it('gives up after two seconds, and lets the question go', async () => {
    vi.useFakeTimers()
    let signal: AbortSignal | undefined
    const verifyOnline = (...[, , , given]: unknown[]) => {
      signal = given as AbortSignal
      return new Promise<OnlineAnswer>(() => undefined)
    }
    const answer = createIssuerLine({ ...place, api: { verifyOnline } })('351', null)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await answer).toBeNull()
    expect(signal?.aborted).toBe(true)
    vi.useRealTimers()
  })

  it('counts a refusal of the network as no answer, and a fault of ours as a fault', async () => {
    const failing = (error: Error) =>
      createIssuerLine({ ...place, api: { verifyOnline: () => Promise.reject(error) } })('351', null)
    expect(await failing(new ApiError('offline', 0))).toBeNull()
    await expect(failing(new TypeError('ours'))).rejects.toThrow(TypeError)
  })
})

it('calls a person only where the policy says so, and only for what is unknown', () => {
  const verdict = { outcome: 'unknown', code: 'list_stale', claims: null, evidence: {} } as const
  expect(signalOf(verdict, PRESETS.hospital)).toBe('attend')
  expect(signalOf(verdict, PRESETS.gate)).toBe('unknown')
  expect(signalOf({ ...verdict, outcome: 'revoked', code: 'revoked' }, PRESETS.hospital)).toBe('revoked')
})
