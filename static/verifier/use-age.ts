/** Spans of time in one rounded unit: «12 秒», «3 分钟», «2 小时». */

import { useI18n } from 'vue-i18n'

const UNITS = [
  { name: 'days', seconds: 86_400 },
  { name: 'hours', seconds: 3_600 },
  { name: 'minutes', seconds: 60 },
] as const

/** The largest unit of which there are at least two, or one exactly; never more than the true age. */
export function unitOf(seconds: number): { name: 'days' | 'hours' | 'minutes' | 'seconds'; n: number } {
  const span = Math.abs(seconds)
  const unit = UNITS.find(each => span >= 2 * each.seconds || span === each.seconds)
  return unit
    ? { name: unit.name, n: Math.floor(span / unit.seconds) }
    : { name: 'seconds', n: Math.floor(span) }
}

export function useAge() {
  const { t } = useI18n()
  const age = (seconds: number): string => {
    const { name, n } = unitOf(seconds)
    return t(`app.age.${name}`, { n })
  }

  /** How long ago, for a person: a second or two is now. */
  const since = (seconds: number): string => {
    if (Math.abs(seconds) < 3) return t('app.verdict.now')
    return t(seconds > 0 ? 'app.verdict.ago' : 'app.verdict.ahead', { age: age(seconds) })
  }

  return { age, since }
}
