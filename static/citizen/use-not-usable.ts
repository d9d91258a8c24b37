/** Why a card gives no codes, and what its holder can do about it; empty while it works, or before it is known. */

import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CitizenSession } from './session'

export function useNotUsable({ state }: Pick<CitizenSession, 'state'>): ComputedRef<string> {
  const { t } = useI18n()
  return computed(() => {
    const { card } = state
    if (!card || card.usable) return ''
    return t(`app.card.notUsable.${card.locked ? 'locked' : card.state}`)
  })
}
