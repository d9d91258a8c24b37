// @vitest-environment node
import { beforeAll, expect, it } from 'vitest'
import { createHolderKey, presentCode } from '@shared/device'
import { loadTrust, NOTHING_SEEN, PRESETS, verify, type Trust } from '@shared/verify'
import type { Bytes } from '@shared/verify/bytes'
import { fromBytes, toBytes } from '@shared/verify/digits'
import { NOW, TestIssuer } from './issuer'

let issuer: TestIssuer
let trust: Trust

beforeAll(async () => {
  issuer = await TestIssuer.create()
  trust = await loadTrust(await issuer.material(), NOTHING_SEEN)
})

const outcome = async (text: string) =>
  (await verify(text, { trust, policy: PRESETS.counter, now: NOW })).outcome

async function expectNeverValid(texts: Iterable<string>): Promise<void> {
  const accepted: string[] = []
  for (const text of texts) if ((await outcome(text)) === 'valid') accepted.push(text)
  expect(accepted).toEqual([])
}

/** A repeatable source of numbers below `bound` (a linear congruential generator). */
function dice(seed: number): (bound: number) => number {
  let state = seed
  return bound => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

function* mutations(bytes: Bytes): Generator<Bytes> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield copy
  }
  for (let length = 0; length < bytes.length; length += 1) yield bytes.slice(0, length)
  for (let at = 1; at <= bytes.length; at += 1) {
    yield Uint8Array.from([...bytes.slice(0, at), 0, ...bytes.slice(at)])
    yield Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]).slice(0, bytes.length - 1)
  }
}

it('never accepts a code with one bit, one byte or its end changed', async () => {
  const bytes = await issuer.cwt()
  const texts = [...mutations(bytes)].map(changed => `351${fromBytes(changed)}`)
  expect(texts.length).toBeGreaterThan(1200)
  await expectNeverValid(texts)
})

it('never accepts a device code with one bit, one byte or its end changed', async () => {
  const { publicKey, privateKey } = await createHolderKey()
  const credential = await issuer.credential(publicKey)
  const bytes =
    toBytes((await presentCode({ credential, privateKey, now: NOW })).slice(3)) ?? new Uint8Array()
  expect(await outcome(`352${fromBytes(bytes)}`)).toBe('valid')
  const texts = [...mutations(bytes)].map(changed => `352${fromBytes(changed)}`)
  expect(texts.length).toBeGreaterThan(2400)
  await expectNeverValid(texts)
})

it('never accepts digits that were changed, dropped, doubled or added', async () => {
  const digits = await issuer.digits()
  const texts = Array.from(digits).flatMap((digit, at) => [
    digits.slice(0, at) + String((Number(digit) + 1) % 10) + digits.slice(at + 1),
    digits.slice(0, at) + digits.slice(at + 1),
    digits.slice(0, at + 1) + '0' + digits.slice(at + 1),
  ])
  await expectNeverValid([...texts, `${digits}.`, `0${digits}`, digits + digits])
})

it('never accepts a JWT with one character changed', async () => {
  const jwt = await issuer.jwt()
  const texts = Array.from(jwt).flatMap((letter, at) =>
    ['A', 'B', '=', '.', '']
      .filter(other => other !== letter)
      .map(other => jwt.slice(0, at) + other + jwt.slice(at + 1)),
  )
  await expectNeverValid(texts)
})

it('ends in a verdict for any text', async () => {
  const roll = dice(35)
  const alphabet = [
    '3',
    '5',
    '1',
    '9',
    '０',
    '.',
    '-',
    '_',
    'e',
    'y',
    'J',
    '{',
    '"',
    '\u0000',
    '\uD83D',
    '粤',
    ' ',
  ]
  for (let round = 0; round < 3000; round += 1) {
    const start = ['', '351', '352', '353', 'eyJhbGciOiJFUzI1NiJ9.'][roll(5)] ?? ''
    const text = start + Array.from({ length: roll(400) }, () => alphabet[roll(alphabet.length)]).join('')
    expect(await outcome(text)).not.toBe('valid')
  }
})

it('never accepts random CBOR behind a true head', async () => {
  const roll = dice(11_024)
  for (let round = 0; round < 2000; round += 1) {
    const bytes = Uint8Array.from([0xd2, 0x84, ...Array.from({ length: roll(160) }, () => roll(256))])
    const format = 1 + roll(2)
    expect(await outcome(`35${format}${fromBytes(bytes)}`)).toBe('invalid')
  }
})
