import {
  deviceCodeLife,
  isDue,
  isExpired,
  retryDelay,
  seconds,
  serverCodeLife,
  shareUntilRedraw,
} from '../../citizen/code/schedule'
import { describe, expect, it } from 'vitest'

const T = Date.parse('2026-11-23T08:00:00Z')
const code = serverCodeLife(T, T + 60_000)

describe('a server code of sixty seconds', () => {
  it('is redrawn at forty-five', () => {
    expect(code.redrawAt).toBe(T + 45_000)
    expect(isDue(code, T + 44_999)).toBe(false)
    expect(isDue(code, T + 45_000)).toBe(true)
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

describe('a device code', () => {
  it('is redrawn each fifteen seconds', () => {
    expect(deviceCodeLife(T, T + 3_600_000)).toEqual({
      issuedAt: T,
      redrawAt: T + 15_000,
      expiresAt: T + 60_000,
    })
  })

  it('does not outlive its credential', () => {
    expect(deviceCodeLife(T, T + 10_000)).toEqual({
      issuedAt: T,
      redrawAt: T + 10_000,
      expiresAt: T + 10_000,
    })
  })
})

describe('drawing a code', () => {
  it('is due at once when there is none', () => {
    expect(isDue(null, T)).toBe(true)
  })

  it('is due when the clock was moved back behind it', () => {
    expect(isDue(code, T - 1_000)).toBe(false)
    expect(isDue(code, T - 3_600_000)).toBe(true)
  })

  it('backs off, but never for longer than a quarter of a code', () => {
    expect([1, 2, 3, 4, 5, 20].map(retryDelay)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000])
  })
})

it('counts whole seconds down to nought', () => {
  expect([-5, 0, 1, 999, 1000, 1001].map(seconds)).toEqual([0, 0, 1, 1, 1, 2])
})
