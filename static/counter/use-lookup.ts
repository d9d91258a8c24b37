/** The person at the counter: found masked, shown in full for a purpose, changed by a service (Art. 16). */

import { documentFault, normalDocumentNumber, type DocumentFault } from '@shared/documents/document-number'
import type { CounterCard, LookupPurpose } from '@shared/api/types'
import { useAction } from '@shared/ui/use-action'
import { ref, shallowRef } from 'vue'
import { useStaff } from './session'

export function useLookup() {
  const { api } = useStaff()
  const number = ref('')
  const fault = ref<DocumentFault | null>(null)
  const card = shallowRef<CounterCard | null>(null)
  /** The purpose for which the card is shown in full; null while it is masked. */
  const purpose = ref<LookupPurpose | null>(null)
  let found = ''

  const { act, busy, problem } = useAction((key, document: string, why: LookupPurpose | null) =>
    api.counter.lookUp(document, why, key),
  )

  async function look(document: string, why: LookupPurpose | null): Promise<boolean> {
    const answer = await act(document, why)
    if (!answer) return false
    found = document
    card.value = answer.card
    purpose.value = answer.masked ? null : why
    return true
  }

  async function find(): Promise<boolean> {
    fault.value = documentFault(number.value, new Date())
    if (fault.value) return false
    card.value = null
    return look(normalDocumentNumber(number.value), null)
  }

  /** A service answers with the masked card: what was shown in full for one purpose is not shown for the next. */
  function show(changed: CounterCard): void {
    card.value = changed
    purpose.value = null
  }

  function clear(): void {
    number.value = ''
    found = ''
    card.value = null
    purpose.value = null
    fault.value = null
    problem.value = null
  }

  return {
    number,
    fault,
    card,
    purpose,
    busy,
    problem,
    find,
    unmask: (why: LookupPurpose) => look(found, why),
    reload: () => look(found, null),
    show,
    clear,
  }
}
