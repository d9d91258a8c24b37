import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { en as shared_en } from '@shared/i18n/messages/en'
import { zh as shared_zh } from '@shared/i18n/messages/zh'
import { describe, expect, it } from 'vitest'
import { en as citizen_en } from '../../citizen/messages/en'
import { zh as citizen_zh } from '../../citizen/messages/zh'
import { en as counter_en } from '../../counter/messages/en'
import { zh as counter_zh } from '../../counter/messages/zh'
import { en as demo_en } from '../../demo/messages/en'
import { zh as demo_zh } from '../../demo/messages/zh'
import { en as home_en } from '../../home/messages/en'
import { zh as home_zh } from '../../home/messages/zh'

const STATIC = resolve(import.meta.dirname, '../..')
const SETS = {
  shared: [shared_zh, shared_en],
  citizen: [citizen_zh, citizen_en],
  counter: [counter_zh, counter_en],
  demo: [demo_zh, demo_en],
  home: [home_zh, home_en],
} as const

/** `{a: {b: 'text'}}` → `{'a.b': 'text'}` */
function flat(messages: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[prefix + key, value]]
        : Object.entries(flat(value as object, `${prefix}${key}.`)),
    ),
  )
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).sort()

describe.each(Object.entries(SETS))('the wording of %s', (_, [chinese, english]) => {
  const zh = flat(chinese)
  const en = flat(english)

  it('has the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })

  it('leaves no text empty', () => {
    expect(Object.entries({ ...zh, ...en }).filter(([, text]) => text.trim() === '' && text !== ' ')).toEqual(
      [],
    )
  })

  it('fills the same gaps in both languages', () => {
    for (const [key, text] of Object.entries(zh))
      expect(placeholders(en[key] ?? ''), key).toEqual(placeholders(text))
  })

  it('uses no character that the message format would read as its own', () => {
    for (const [key, text] of Object.entries({ ...zh, ...en }))
      expect(text.replace(/\{\w+\}/g, ''), key).not.toMatch(/[{}|@]/)
  })
})

/** Every code that the server has a row for, and those that the client gives itself. */
const CODES = [
  ...readFileSync(resolve(STATIC, '../ecard/web/wording.py'), 'utf8').matchAll(/^ {4}"(\w+)": Problem\(/gm),
]
  .map(match => match[1] ?? '')
  .concat('offline', 'unreachable', 'timeout', 'unreadable', 'unknown')

it('reads the table of the server', () => {
  expect(CODES.length).toBeGreaterThan(40)
})

it.each(CODES)('the problem %s is worded in both languages', code => {
  expect(shared_zh.problems).toHaveProperty(code)
  expect(shared_en.problems).toHaveProperty(code)
})

describe('every text that a page names', () => {
  const keysUsed = (folder: string) =>
    readdirSync(join(STATIC, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(vue|ts)$/.test(name) && !name.includes('messages'))
      .flatMap(name => {
        const source = readFileSync(join(STATIC, folder, name), 'utf8')
        return [...source.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(match => match[1] ?? '')
      })

  it.each(['citizen', 'counter', 'demo', 'home'] as const)('exists in %s', app => {
    const known = { ...flat(shared_zh), ...flat({ app: SETS[app][0] }) }
    expect(keysUsed(app).filter(key => !(key in known))).toEqual([])
  })

  it('exists in the shared parts', () => {
    expect(keysUsed('shared/ui').filter(key => !(key in flat(shared_zh)))).toEqual([])
  })
})
