// @vitest-environment node
import { beforeAll, describe, expect, it } from 'vitest'
import { loadTrust, NOTHING_SEEN, PRESETS, type Trust } from '@shared/verify'
import { shownFor, type Display } from '../../verifier/desk/display'
import { remember, type Past } from '../../verifier/desk/history'
import { Presentation } from '../../verifier/desk/presentation'
import { readinessOf } from '../../verifier/desk/readiness'
import { readPicture } from '../../verifier/scan/picture'
import { readingOf } from '../../verifier/scan/reading'
import { unitOf } from '../../verifier/use-age'
import { NOW, TestIssuer } from './issuer'

describe('a presentation', () => {
  it('is one however often the code is read', () => {
    const presentation = new Presentation()
    expect(presentation.begins('351234', 0)).toBe(true)
    for (const at of [100, 1900, 3800]) expect(presentation.begins('351234', at)).toBe(false)
  })

  it('is a new one after two seconds out of sight, or of another code', () => {
    const presentation = new Presentation()
    presentation.begins('351234', 0)
    expect(presentation.begins('351234', 2000)).toBe(true)
    expect(presentation.begins('351235', 2100)).toBe(true)
    expect(presentation.begins('351234', 2200)).toBe(true)
  })

  it('is a new one when more is asked of the same code', () => {
    const presentation = new Presentation()
    presentation.begins('351234', 0)
    presentation.forget()
    expect(presentation.begins('351234', 100)).toBe(true)
  })

  it('is the same in full-width digits', () => {
    const presentation = new Presentation()
    presentation.begins('351234', 0)
    expect(presentation.begins('３５１２３４\r', 10)).toBe(false)
  })
})

describe('readiness', () => {
  let trust: Trust

  beforeAll(async () => {
    const issuer = await TestIssuer.create()
    trust = await loadTrust(await issuer.material(), NOTHING_SEEN)
  })

  it.each([
    [NOW, 'ready'],
    [NOW + 3600, 'ready'],
    [NOW + 3601, 'list_stale'],
    [NOW - 31, 'clock_behind'],
    [NOW + 604_800, 'list_expired'],
    [NOW + 10 * 604_800, 'keys_expired'],
  ])('at %i is %s', (now, expected) => {
    expect(readinessOf(trust, PRESETS.hospital, now)).toBe(expected)
  })

  it('is no_trust before anything was fetched', () => {
    expect(readinessOf(null, PRESETS.hospital, NOW)).toBe('no_trust')
  })
})

describe('what a picture comes to', () => {
  const found = (text: string, isReadable = true) => ({ text, isReadable })

  it('is one code, even if it stands there twice', () => {
    expect(readingOf([found('351'), found('351')])).toEqual({ text: '351' })
    expect(readingOf([found('351'), found('', false)])).toEqual({ text: '351' })
  })

  it('is never a choice between two', () => {
    expect(readingOf([found('351'), found('352')])).toEqual({ hindrance: 'two_codes' })
  })

  it('tells unreadable from absent', () => {
    expect(readingOf([found('', false)])).toEqual({ hindrance: 'unreadable' })
    expect(readingOf([])).toEqual({ hindrance: 'no_code' })
  })

  it('is nothing where the file is no picture', async () => {
    const reader = { read: () => Promise.resolve([]) }
    globalThis.createImageBitmap = () =>
      Promise.reject(new DOMException('not a picture', 'InvalidStateError'))
    expect(await readPicture(new Blob(['hello']), reader)).toEqual({ hindrance: 'not_a_picture' })
  })
})

it('keeps a short history, newest first', () => {
  let history: readonly Past[] = []
  for (let at = 0; at < 30; at += 1) history = remember(history, { at, outcome: 'valid', code: 'ok' })
  expect(history).toHaveLength(20)
  expect(history[0]?.at).toBe(29)
  expect(new Set(history.map(past => past.id)).size).toBe(20)
})

it('gives a refusal more time than a yes, and most to details that are copied', () => {
  const shown = (outcome: 'valid' | 'revoked', manner = {}) => {
    const verdict = {
      outcome,
      code: outcome === 'valid' ? 'ok' : 'revoked',
      claims: null,
      evidence: {},
    } as const
    const judged = { verdict, by: 'here', holder: null, challenge: null } as const
    const display: Display = { ...judged, kind: 'verdict', signal: outcome, text: '', id: 1 }
    return shownFor(display, { isHeld: false, hasDetails: false, ...manner }) ?? Infinity
  }
  expect(shown('revoked')).toBeGreaterThan(shown('valid'))
  expect(shown('valid', { hasDetails: true })).toBeGreaterThan(shown('revoked'))
  expect(shown('valid', { isHeld: true })).toBeLessThan(Infinity)
  expect(shownFor({ kind: 'idle' }, { isHeld: false, hasDetails: false })).toBeNull()
})

it.each([
  [0, 'seconds', 0],
  [119, 'seconds', 119],
  [120, 'minutes', 2],
  [3600, 'hours', 1],
  [5000, 'minutes', 83],
  [86_400, 'days', 1],
  [-90, 'seconds', 90],
])('writes %i s as %s', (seconds, name, n) => {
  expect(unitOf(seconds)).toEqual({ name, n })
})
