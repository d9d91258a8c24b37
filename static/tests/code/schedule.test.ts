import {
  clockOffset,
  isDue,
  isExpired,
  redrawTime,
  retryDelay,
  seconds,
  shareUntilRedraw,
} from '../../citizen/code/schedule'
import { describe, expect, it } from 'vitest'

const T = Date.parse('2026-11-23T08:00:00Z')
const code = { issuedAt: T, expiresAt: T + 60_000 }

describe('a code of sixty seconds', () => {
  it('is redrawn at forty-five', () => {
    expect(redrawTime(code)).toBe(T + 45_000)
    expect(isDue(code, T + 44_999, 0)).toBe(false)
    expect(isDue(code, T + 45_000, 0)).toBe(true)
  })

  it('is expired at sixty, not before', () => {
    expect(isExpired(code, T + 59_999)).toBe(false)
    expect(isExpired(code, T + 60_000)).toBe(true)
  })

  it('runs its ring down to the redraw and no further', () => {
    expect(shareUntilRedraw(code, T)).toBe(1)
    expect(shareUntilRedraw(code, T + 22_500)).toBe(0.5)
    expect(shareUntilRedraw(code, T + 50_000)).toBe(0)
    expect(shareUntilRedraw(code, T - 5_000)).toBe(1)
  })
})

describe('asking for a code', () => {
  it('is due at once when there is none', () => {
    expect(isDue(null, T, 0)).toBe(true)
  })

  it('waits after a failure', () => {
    expect(isDue(null, T, T + 1)).toBe(false)
    expect(isDue(code, T + 50_000, T + 51_000)).toBe(false)
    expect(isDue(code, T + 51_000, T + 51_000)).toBe(true)
  })

  it('backs off, but never for longer than a quarter of a code', () => {
    expect([1, 2, 3, 4, 5, 20].map(retryDelay)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000])
  })
})

describe('a wrong clock', () => {
  it('is measured against the middle of the round trip', () => {
    const phone = T + 3_600_000
    expect(clockOffset(T + 100, phone, phone + 200)).toBe(-3_600_000)
  })

  it('does not make a fresh code look old', () => {
    const phone = T + 3_600_000
    const now = phone + clockOffset(T, phone, phone)
    expect(isExpired(code, now)).toBe(false)
    expect(isDue(code, now, 0)).toBe(false)
  })
})

it('counts whole seconds down to nought', () => {
  expect([-5, 0, 1, 999, 1000, 1001].map(seconds)).toEqual([0, 0, 1, 1, 1, 2])
})
