/** A time in the next days, as short as it can be said: `14:30` today, else `11月25日 14:30`. */

import { languageTag, type Locale } from '@shared/i18n/locale'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

const ZONE = 'Asia/Shanghai'

export function useUntil() {
  const { locale } = useI18n()
  const writer = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(languageTag(locale.value as Locale), { timeZone: ZONE, ...options })
  const day = computed(() => writer({ month: 'short', day: 'numeric' }))
  const time = computed(() => writer({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }))

  return (until: number, now: number): string => {
    const [that, today] = [until, now].map(each => day.value.format(each))
    const clock = time.value.format(until)
    return that === today ? clock : `${that} ${clock}`
  }
}
