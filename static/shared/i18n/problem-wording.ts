/** The words for a problem: our own by its code, else the server's sentence. */

import { ApiError } from '@shared/api/problem'
import { useI18n } from 'vue-i18n'

export function useProblemWording() {
  const { t, te } = useI18n()

  function word(problem: ApiError): string {
    const counted = `problems.${problem.code}_counted`
    if (typeof problem.facts['tries_left'] === 'number' && te(counted)) return t(counted, problem.facts)
    const own = `problems.${problem.code}`
    return te(own) ? t(own) : problem.detail || t('problems.unknown')
  }

  /** The same, and how long to wait where the server said so. */
  function tell(problem: ApiError): string {
    const seconds = problem.retryAfter
    if (seconds === null || seconds === 0) return word(problem)
    const wait =
      seconds < 90
        ? t('problem.seconds', { n: seconds })
        : t('problem.minutes', { n: Math.ceil(seconds / 60) })
    return t('problem.andWait', { what: word(problem), wait })
  }

  /** The reason why an action is not open, by the code of its refusal. */
  function reason(code: string | null): string {
    const own = `problems.${code}`
    return code === null ? '' : te(own) ? t(own) : code
  }

  return { word, tell, reason }
}
