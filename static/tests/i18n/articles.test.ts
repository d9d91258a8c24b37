import { keepArticlesWhole } from '@shared/i18n/articles'
import { expect, it } from 'vitest'

it.each([
  ['解除挂失（第二十二条）。', '解除挂失（第\u2060二\u2060十\u2060二\u2060条）。'],
  ['《办法》第六条、第七条', '《办法》第\u2060六\u2060条、第\u2060七\u2060条'],
  ['第 7 到 14 位是出生日期', '第 7 到 14 位是出生日期'],
])('%s', (text, whole) => {
  expect(keepArticlesWhole(text)).toBe(whole)
})
