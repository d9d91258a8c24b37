// @vitest-environment node
import { beforeAll, describe, expect, it } from 'vitest'
import { BoundedReplayMemory, loadTrust, NOTHING_SEEN, PRESETS, verify, type Trust } from '@shared/verify'
import { NOW, SHARD, TestIssuer } from './issuer'

const policy = PRESETS.counter
let issuer: TestIssuer
let trust: Trust

beforeAll(async () => {
  issuer = await TestIssuer.create()
  trust = await loadTrust(
    await issuer.material({
      changes: [
        [11, true],
        [12, true],
        [9, true],
        [12, false],
      ],
    }),
    NOTHING_SEEN,
  )
})

const judge = async (text: string, now = NOW) => (await verify(text, { trust, policy, now })).code

describe('a code in order', () => {
  it('is valid in either writing, and says what it rests on', async () => {
    const verdict = await verify(await issuer.digits({ issuedAt: NOW - 5 }), { trust, policy, now: NOW })
    expect(verdict).toMatchObject({
      outcome: 'valid',
      code: 'ok',
      claims: { scene: 'identity', issued_at: NOW - 5 },
    })
    expect(verdict.evidence).toMatchObject({
      list_age: 0,
      list_version: 1,
      keys_version: 1,
      code_age: 5,
      shard: SHARD,
    })
    expect(await judge(await issuer.jwt())).toBe('ok')
  })

  it('is valid as scanners and input methods write it', async () => {
    const digits = await issuer.digits()
    const fullWidth = digits.replace(/[0-9]/g, digit =>
      String.fromCharCode(digit.charCodeAt(0) + 0xff10 - 0x30),
    )
    expect(await judge(`\uFEFF ${fullWidth}\u3000\r\n`)).toBe('ok')
  })
})

describe('a code at fault', () => {
  it('is refused by the step that fails first', async () => {
    expect(await judge(await issuer.digits({ index: 9 }))).toBe('revoked')
    expect(await judge(await issuer.digits({ index: 11 }))).toBe('revoked')
    expect(await judge(await issuer.digits({ index: 12 }))).toBe('ok')
    expect(await judge(await issuer.digits({ index: 5000 }))).toBe('claims_invalid')
    expect(await judge(await issuer.digits({ scene: 4 }))).toBe('claims_invalid')
    expect(await judge(await issuer.digits(), NOW + 90)).toBe('expired')
    expect(await judge(await issuer.digits({ issuedAt: NOW + 31 }))).toBe('not_yet_valid')
    expect(await judge(await issuer.digits({ expiresAt: NOW + 700_000 }))).toBe('lifetime_invalid')
    expect(await judge(await issuer.digits({ issuedAt: NOW - 100 }), NOW - 31)).toBe('clock_behind')
    expect(await judge(await issuer.digits({ issuedAt: NOW + 4000 }), NOW + 4000)).toBe('list_stale')
    expect(await judge(await issuer.digits({ expiresAt: NOW + 604_800 }))).toBe('list_missing')
  })

  it('is not a code at all', async () => {
    expect(await judge('')).toBe('not_a_code')
    expect(await judge('https://example.com/')).toBe('not_a_code')
    expect(await judge('353123')).toBe('unsupported_format')
    expect(await judge('3510123')).toBe('malformed')
    expect(await judge('1'.repeat(4097))).toBe('too_long')
    expect(await judge(`351${'9'.repeat(1200)}`)).toBe('too_long')
    expect(await judge('3'.repeat(1_000_000))).toBe('too_long')
  })

  it('cannot be judged without trust material', async () => {
    const verdict = await verify(await issuer.digits(), { trust: null, policy, now: NOW })
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'no_trust', claims: null })
  })
})

describe('the replay memory', () => {
  it('knows the same token in either writing', async () => {
    const replay = new BoundedReplayMemory()
    const tokenId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const digits = await issuer.digits({ tokenId })
    const codes = []
    for (const [text, now] of [
      [digits, NOW],
      [digits, NOW + 2],
      [await issuer.jwt({ tokenId }), NOW + 5],
    ] as const)
      codes.push((await verify(text, { trust, policy, now, replay })).code)
    expect(codes).toEqual(['ok', 'double_read', 'replayed'])
  })

  it('does not note a code that another step refuses', async () => {
    const replay = new BoundedReplayMemory()
    await verify(await issuer.digits({ index: 9 }), { trust, policy, now: NOW, replay })
    expect(replay.size).toBe(0)
  })

  it('stays within its capacity; what would be forgotten first leaves first', () => {
    const replay = new BoundedReplayMemory([], 2)
    const sight = (tokenId: string, forgetAt: number, now = 100) =>
      replay.sight({ tokenId, issuedAt: 90, now, forgetAt })
    expect([sight('long', 900), sight('short', 200), sight('longest', 990)]).toEqual([
      'first',
      'first',
      'first',
    ])
    expect(replay.size).toBe(2)
    expect([sight('long', 900, 150), sight('short', 200, 150)]).toEqual(['replayed', 'first'])
    expect(replay.size).toBe(2)
  })
})
