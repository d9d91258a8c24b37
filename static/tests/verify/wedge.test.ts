import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { beginsScan, WedgeField, type Key } from '../../verifier/scan/wedge'

const CODE = `351${'7'.repeat(293)}`
let field: { value: string }
let texts: string[]
let wedge: WedgeField

beforeEach(() => {
  vi.useFakeTimers()
  field = { value: '' }
  texts = []
  wedge = new WedgeField(field, text => texts.push(text))
})

afterEach(() => vi.useRealTimers())

const aKey = (key: string, rest: Partial<Key> = {}): Key => ({
  key,
  code: key,
  keyCode: 0,
  isComposing: false,
  ...rest,
})

function type(text: string): void {
  for (const letter of text) {
    field.value += letter
    wedge.input()
  }
}

describe('a scanner that types', () => {
  it.each(['Enter', 'NumpadEnter', 'Tab'])('ends with %s, which goes no further', key => {
    type(CODE)
    expect(wedge.keydown(aKey(key))).toBe(true)
    expect(texts).toEqual([CODE])
    expect(field.value).toBe('')
  })

  it.each(['\r', '\n', '\t', '\r\n'])('ends with the character %j', end => {
    type(CODE + end)
    expect(texts).toHaveLength(1)
    expect(texts[0]?.trim()).toBe(CODE)
  })

  it('may send no end at all', () => {
    type(CODE)
    vi.advanceTimersByTime(400)
    expect(texts).toEqual([])
    vi.advanceTimersByTime(200)
    expect(texts).toEqual([CODE])
  })

  it('waits for the rest of a slow code', () => {
    type(CODE.slice(0, 200))
    vi.advanceTimersByTime(400)
    type(CODE.slice(200))
    vi.advanceTimersByTime(400)
    expect(texts).toEqual([])
    wedge.keydown(aKey('Enter'))
    expect(texts).toEqual([CODE])
  })

  it('is not cut off in the middle of a phone’s code, however slowly it comes', () => {
    const text = `352${'9'.repeat(587)}`
    for (const part of text.match(/.{1,130}/g) ?? []) {
      type(part)
      if (field.value.length < 400) vi.advanceTimersByTime(1_500)
    }
    wedge.keydown(aKey('Enter'))
    expect(texts).toEqual([text])
  })

  it('may type 1,200 digits at a hundred a second', () => {
    const text = `352${'9'.repeat(1_197)}`
    for (const digit of text) {
      type(digit)
      vi.advanceTimersByTime(10)
    }
    expect(texts).toEqual([])
    vi.advanceTimersByTime(600)
    expect(texts).toEqual([text])
  })

  it('leaves Tab and Enter alone while nothing was typed', () => {
    expect(wedge.keydown(aKey('Tab'))).toBe(false)
    expect(wedge.keydown(aKey('Enter'))).toBe(false)
    expect(texts).toEqual([])
  })
})

describe('a Chinese input method', () => {
  it('may hold the digits in a composition that Enter ends', () => {
    wedge.compositionStart()
    type(CODE)
    expect(wedge.keydown(aKey('Enter', { keyCode: 229, isComposing: true }))).toBe(false)
    expect(texts).toEqual([])
    wedge.compositionEnd()
    expect(texts).toEqual([CODE])
  })

  it('may swallow each key and let only the release of Enter through', () => {
    type(CODE)
    const swallowed = aKey('Process', { code: 'Enter', keyCode: 229 })
    expect(wedge.keydown(swallowed)).toBe(false)
    wedge.keyup(aKey('Enter'))
    expect(texts).toEqual([CODE])
  })

  it('may swallow even that', () => {
    type(CODE)
    wedge.keydown(aKey('Process', { code: 'Enter', keyCode: 229 }))
    vi.advanceTimersByTime(600)
    expect(texts).toEqual([CODE])
  })

  it('may end a composition in the middle of a code', () => {
    wedge.compositionStart()
    type(CODE.slice(0, 20))
    wedge.compositionEnd()
    type(CODE.slice(20))
    wedge.keydown(aKey('Enter'))
    expect(texts).toEqual([CODE])
  })
})

describe('a paste', () => {
  it('is a whole text and never enters the field', () => {
    type('35')
    wedge.paste('9'.repeat(1_000_000))
    expect(texts.map(text => text.length)).toEqual([1_000_000])
    expect(field.value).toBe('')
  })

  it('of nothing is nothing', () => {
    wedge.paste(' \n')
    expect(texts).toEqual([])
  })
})

it('knows the keys with which a scan begins, wherever the focus is', () => {
  expect(beginsScan(aKey('3', { code: 'Digit3' }), false)).toBe(true)
  expect(beginsScan(aKey('３', { code: 'Digit3' }), false)).toBe(true)
  expect(beginsScan(aKey('Process', { keyCode: 229 }), false)).toBe(true)
  expect(beginsScan(aKey('3', { code: 'Digit3' }), true)).toBe(false)
  expect(beginsScan(aKey(' '), false)).toBe(false)
  expect(beginsScan(aKey('Tab'), false)).toBe(false)
})
