// @vitest-environment node
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createHolderKey, presentCode } from '@shared/device'
import {
  BoundedReplayMemory,
  loadTrust,
  NOTHING_SEEN,
  PRESETS,
  verify,
  type Circumstances,
  type Trust,
} from '@shared/verify'
import { concat, digest, hex, type Bytes } from '@shared/verify/bytes'
import { decode, isBytes, isTagged } from '@shared/verify/cbor'
import { encodeBytes } from '@shared/verify/cbor-writer'
import { fromBytes } from '@shared/verify/digits'
import { importPoint } from '@shared/verify/point'
import { NOW, TestIssuer, type CredentialOptions } from './issuer'

const policy = PRESETS.counter
const HOUR = 3_600
let issuer: TestIssuer
let trust: Trust
let phone: CryptoKeyPair
let credential: Bytes

beforeAll(async () => {
  issuer = await TestIssuer.create()
  phone = await createHolderKey()
  credential = await issuer.credential(phone.publicKey)
  trust = await loadTrust(await issuer.material({ changes: [[9, true]] }), NOTHING_SEEN)
})

interface Shown {
  credential?: CredentialOptions
  now?: number
  challenge?: number
  keys?: CryptoKeyPair
}

async function present({
  credential: options,
  now = NOW,
  challenge,
  keys = phone,
}: Shown = {}): Promise<string> {
  const own = options ? await issuer.credential(phone.publicKey, options) : credential
  return presentCode({ credential: own, privateKey: keys.privateKey, now, challenge })
}

const judge = async (text: string, rest: Partial<Circumstances> = {}) =>
  (await verify(text, { trust, policy, now: NOW, ...rest })).code

describe('a device code in order', () => {
  it('is valid, and says by whose time and on what it rests', async () => {
    const { code, claims, evidence } = await verify(await present({ now: NOW - 5 }), {
      trust,
      policy,
      now: NOW,
    })
    expect(code).toBe('ok')
    expect(claims).toMatchObject({ scene: 'identity', issued_at: NOW - 5, expires_at: NOW + 55 })
    expect(evidence).toMatchObject({ form: 'device', code_age: 5, credential_age: 600 })
  })

  it('is numbered by its credential', async () => {
    const message = decode(credential)
    const payload = isTagged(message) && Array.isArray(message.value) ? message.value[2] : undefined
    if (!isBytes(payload)) throw new Error('no payload')
    const number = hex((await digest(payload)).slice(0, 8))
    for (const now of [NOW, NOW - 20])
      expect((await verify(await present({ now }), { trust, policy, now: NOW })).claims?.token_id).toBe(
        number,
      )
  })

  it('expires with its credential', async () => {
    const text = await present({ credential: { issuedAt: NOW - HOUR, expiresAt: NOW + 10 } })
    expect((await verify(text, { trust, policy, now: NOW })).claims?.expires_at).toBe(NOW + 10)
  })
})

describe('a device code at fault', () => {
  it('is refused by the step that fails first', async () => {
    const cases: readonly (readonly [string, Shown])[] = [
      ['bad_holder_signature', { keys: await createHolderKey() }],
      ['credential_not_yet_valid', { credential: { issuedAt: NOW + 31 }, now: NOW + 31 }],
      ['not_yet_valid', { now: NOW + 31 }],
      ['expired', { now: NOW - 90 }],
      ['ok', { now: NOW - 89 }],
      ['credential_expired', { credential: { issuedAt: NOW - HOUR, expiresAt: NOW - 30 } }],
      ['credential_stale', { credential: { issuedAt: NOW - 86_401, expiresAt: NOW + HOUR } }],
      ['ok', { credential: { issuedAt: NOW - 86_400, expiresAt: NOW + HOUR } }],
      ['lifetime_invalid', { credential: { issuedAt: NOW, expiresAt: NOW + 604_801 } }],
      ['revoked', { credential: { index: 9 } }],
      ['claims_invalid', { credential: { index: 5_000 } }],
      ['claims_invalid', { credential: { scene: 4 } }],
    ]
    const codes = await Promise.all(cases.map(async ([, shown]) => judge(await present(shown))))
    expect(codes).toEqual(cases.map(([code]) => code))
  })

  it('is no code without the phone', async () => {
    expect(await judge(`351${fromBytes(credential)}`)).toBe('holder_signature_missing')
    expect(await judge(`352${fromBytes(credential)}`)).toBe('malformed')
    expect(await judge(`352${fromBytes(await issuer.cwt())}`)).toBe('malformed')
    const withServerCode = concat(Uint8Array.of(0xa2, 0x01, 0x26, 0x0d), await issuer.cwt())
    const message = concat(
      ...[Uint8Array.of(0xd2, 0x84), encodeBytes(withServerCode), Uint8Array.of(0xa0)],
      ...[encodeBytes(Uint8Array.of(0xa1, 0x06, 0x01)), encodeBytes(new Uint8Array(64))],
    )
    expect(await judge(`352${fromBytes(message)}`)).toBe('malformed')
  })

  it('names a point of the curve', async () => {
    const beyondTheField = new Uint8Array(32).fill(0xff)
    const withoutRoot = Uint8Array.of(...new Uint8Array(31), 1)
    for (const x of [beyondTheField, withoutRoot])
      expect(await judge(await present({ credential: { x } }))).toBe('claims_invalid')
  })

  it('is signed by a key that still counts', async () => {
    const revoked = await loadTrust(await issuer.material({ codeKey: { revoked: NOW + 5 } }), NOTHING_SEEN)
    expect(await judge(await present(), { trust: revoked })).toBe('key_revoked')
    expect(await judge(await issuer.digits(), { trust: revoked })).toBe('key_revoked')
  })
})

describe('a challenge', () => {
  const demanding = { ...policy, challenge: true }

  it.each([
    ['ok', undefined, null, policy],
    ['ok', 4711, 4711, policy],
    ['ok', 0, 0, policy],
    ['challenge_missing', undefined, 4711, policy],
    ['challenge_missing', undefined, null, demanding],
    ['challenge_wrong', 4712, 4711, demanding],
    ['challenge_unexpected', 4711, null, policy],
    ['challenge_unexpected', 4711, null, demanding],
  ])('%s: answered %s, asked %s', async (code, answered, asked, site) => {
    const text = await present(answered === undefined ? {} : { challenge: answered })
    expect(await judge(text, { challenge: asked, policy: site })).toBe(code)
  })

  it('is answered by no server code', async () => {
    expect(await judge(await issuer.digits(), { policy: demanding })).toBe('challenge_missing')
  })
})

describe('the replay memory', () => {
  it('knows a code by its credential and time, whatever its signature', async () => {
    const replay = new BoundedReplayMemory()
    const sights = [
      [await present(), NOW],
      [await present(), NOW + 1],
      [await present(), NOW + 9],
      [await present({ now: NOW + 15 }), NOW + 15],
    ] as const
    const codes = []
    for (const [text, now] of sights) codes.push(await judge(text, { replay, now }))
    expect(codes).toEqual(['ok', 'double_read', 'replayed', 'ok'])
  })
})

describe('a credential seen before', () => {
  it('costs one verification instead of two', async () => {
    const own = await issuer.credential(phone.publicKey, { index: 77 })
    const show = (now: number) => presentCode({ credential: own, privateKey: phone.privateKey, now })
    const verifying = vi.spyOn(crypto.subtle, 'verify')
    expect(await judge(await show(NOW))).toBe('ok')
    expect(verifying).toHaveBeenCalledTimes(2)
    expect(await judge(await show(NOW + 15))).toBe('ok')
    expect(verifying).toHaveBeenCalledTimes(3)
    verifying.mockRestore()
  })

  it('is judged anew in all that may have changed', async () => {
    const text = await present()
    expect(await judge(text)).toBe('ok')
    const later = await loadTrust(await issuer.material({ changes: [[7, true]], version: 2 }), NOTHING_SEEN)
    expect(await judge(text, { trust: later })).toBe('revoked')
    const stranger = await TestIssuer.create()
    const foreign = await loadTrust(await stranger.material(), NOTHING_SEEN)
    expect(await judge(text, { trust: foreign })).toBe('unknown_key')
  })

  it('with another signature is another one', async () => {
    expect(await judge(await present())).toBe('ok')
    const forged = Uint8Array.from(credential)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const text = await presentCode({ credential: forged, privateKey: phone.privateKey, now: NOW })
    expect(await judge(text)).toBe('bad_signature')
  })
})

it('finds the points that keys have, odd and even', async () => {
  const parities = new Set<boolean>()
  for (let round = 0; round < 24; round += 1) {
    const { publicKey } = await createHolderKey()
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
    const isOdd = ((raw.at(-1) ?? 0) & 1) === 1
    parities.add(isOdd)
    const key = await importPoint(raw.slice(1, 33), isOdd)
    if (key === null) throw new Error('no such point')
    expect(new Uint8Array(await crypto.subtle.exportKey('raw', key))).toEqual(raw)
  }
  expect(parities.size).toBe(2)
})

it('takes a small part of the time that a frame has', async () => {
  const texts = await Promise.all(Array.from({ length: 60 }, (_, at) => present({ now: NOW - (at % 50) })))
  const times: number[] = []
  for (const text of texts) {
    const started = performance.now()
    expect(await judge(text)).toBe('ok')
    times.push(performance.now() - started)
  }
  times.sort((left, right) => left - right)
  expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(50)
})
