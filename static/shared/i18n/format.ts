/** Dates, times and numbers as the people of Guangzhou read them, whatever the zone of the device. */

import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { languageTag, type Locale } from './locale'

const ZONE = 'Asia/Shanghai'

export function useFormat() {
  const { locale } = useI18n()
  const tag = computed(() => languageTag(locale.value as Locale))
  const writer = (options: Intl.DateTimeFormatOptions) =>
    computed(() => new Intl.DateTimeFormat(tag.value, { timeZone: ZONE, ...options }))
  const day = writer({ dateStyle: 'medium' })
  const moment = writer({ dateStyle: 'medium', timeStyle: 'short' })
  const second = writer({ dateStyle: 'short', timeStyle: 'medium' })
  const time = writer({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const write = (format: Intl.DateTimeFormat, text: string | null) =>
    text ? format.format(new Date(text)) : '—'
  return {
    day: (text: string | null) => write(day.value, text),
    moment: (text: string | null) => write(moment.value, text),
    second: (text: string | null) => write(second.value, text),
    time: (text: string | null) => write(time.value, text),
    number: (value: number) => value.toLocaleString(tag.value),
  }
}

/** `6222020000001234` → `6222 0200 0000 1234`; a number that the eye takes in at once stays whole. */
export function inGroups(number: string, size = 4): string {
  if (number.length < 12) return number
  return number.match(new RegExp(`.{1,${size}}`, 'gu'))?.join(' ') ?? number
}
