// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { CODES, TRUST_CODES } from '@shared/verify'
import { en } from '../../verifier/messages/en'
import { zh } from '../../verifier/messages/zh'

const LANGUAGES = [
  ['中文', zh],
  ['English', en],
] as const

const keysOf = (value: object, path = ''): string[] =>
  Object.entries(value).flatMap(([name, part]) =>
    typeof part === 'object' ? keysOf(part as object, `${path}${name}.`) : [`${path}${name}`],
  )

const slots = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

function textsOf(value: object): Record<string, string> {
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], value)
  return Object.fromEntries(keysOf(value).map(path => [path, String(at(path))]))
}

describe.each(LANGUAGES)('%s', (_, { verdicts }) => {
  it.each(CODES)('says why and what next for %s', code => {
    expect(verdicts.reason[code]).toBeTruthy()
    expect(verdicts.next[code]).toBeTruthy()
  })

  it.each(TRUST_CODES)('says why %s was refused', code => {
    expect(verdicts.trust[code]).toBeTruthy()
  })

  it('never calls an unknown card revoked or valid', () => {
    const { outcome } = verdicts
    expect(new Set(Object.values(outcome)).size).toBe(5)
  })
})

it('has the same keys and the same slots in both languages', () => {
  const [chinese, english] = [textsOf(zh), textsOf(en)]
  expect(Object.keys(english)).toEqual(Object.keys(chinese))
  for (const [key, text] of Object.entries(chinese))
    expect([key, slots(english[key] ?? '')]).toEqual([key, slots(text)])
})
