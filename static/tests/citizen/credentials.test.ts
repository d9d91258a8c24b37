import { describe, expect, it } from 'vitest'
import {
  credentialFor,
  endsSoon,
  isRenewalDue,
  lastsUntil,
  type Credential,
} from '../../citizen/device/credentials'

const T = Date.parse('2026-11-23T08:00:00Z')
const HOUR = 3_600_000

const credential = (slot: number, from: number, to: number, scene = 'transit'): Credential => ({
  scene,
  slot,
  issuedAt: T + from * HOUR,
  expiresAt: T + to * HOUR,
  token: new Uint8Array(),
  key: {} as CryptoKey,
})
const pair = [credential(0, 0, 24), credential(1, 20, 44)]
const at = (hours: number) => T + hours * HOUR

describe('the credential of a moment', () => {
  it.each([
    [-1, null],
    [0, 0],
    [19, 0],
    [20, 1],
    [43, 1],
    [44, null],
  ])('at hour %i is that of slot %o', (hours, slot) => {
    expect(credentialFor(pair, 'transit', at(hours))?.slot ?? null).toBe(slot)
  })

  it('is that of its scene alone', () => {
    expect(credentialFor(pair, 'medical', at(1))).toBeNull()
  })
})

describe('the time without a network', () => {
  it('reaches through the second credential', () => {
    expect(lastsUntil(pair, 'transit', at(1))).toBe(at(44))
    expect(lastsUntil(pair, 'transit', at(44))).toBeNull()
  })

  it('ends where there is a gap', () => {
    const gap = [credential(0, 0, 24), credential(1, 25, 44)]
    expect(lastsUntil(gap, 'transit', at(1))).toBe(at(24))
    expect(lastsUntil(gap, 'transit', at(24.5))).toBeNull()
    expect(lastsUntil(gap, 'transit', at(26))).toBe(at(44))
  })

  it('is said to end soon two hours before', () => {
    expect(endsSoon(at(44), at(41))).toBe(false)
    expect(endsSoon(at(44), at(42.5))).toBe(true)
  })
})

describe('renewal', () => {
  it.each([
    ['nothing is there', [], 0, true],
    ['all is young', pair, 3, false],
    ['it is some hours old', pair, 5, true],
    ['another scene is missing', [credential(0, 0, 24, 'identity')], 1, true],
    ['all is over', pair, 50, true],
  ])('when %s', (_, all, hours, isDue) => {
    expect(isRenewalDue(all, ['transit'], at(hours))).toBe(isDue)
  })
})
