import { inGroups } from '@shared/i18n/format'
import { languageTag, pickLocale } from '@shared/i18n/locale'
import { expect, it } from 'vitest'

it.each([
  ['en', 'zh-CN', 'en'],
  ['zh', 'en-US', 'zh'],
  [null, 'zh-HK', 'zh'],
  [null, 'en-GB', 'en'],
  [null, 'fr-FR', 'zh'],
  [null, undefined, 'zh'],
  ['de', 'en', 'en'],
])('remembering %s in a browser of %s speaks %s', (remembered, preferred, locale) => {
  expect(pickLocale(remembered, preferred)).toBe(locale)
})

it('names the language for the server', () => {
  expect([languageTag('zh'), languageTag('en')]).toEqual(['zh-CN', 'en'])
})

it('sets card numbers in groups', () => {
  expect(inGroups('4401880012345678')).toBe('4401 8800 1234 5678')
  expect(inGroups('A44010001')).toBe('A44010001')
})
