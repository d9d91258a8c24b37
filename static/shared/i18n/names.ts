/** Names of things that the server sends: in the language of the page, or as they came. */

import type { Named } from '@shared/api/types'
import { useI18n } from 'vue-i18n'

export function useNames() {
  const { locale, t, te } = useI18n()
  return {
    /** A bank, an outlet, a unit: each has a Chinese and an English name. */
    nameOf: (named: Named) => (locale.value === 'zh' ? named.name : named.name_en || named.name),
    /** A word from a list that the server may lengthen: ours if we have one, else the server's own. */
    wordFor: (list: string, word: string) => (te(`${list}.${word}`) ? t(`${list}.${word}`) : word),
  }
}
