/** Something that a page reads: loading, there, or a problem with another try. */

import type { Cursor, Page } from '@shared/api/types'
import type { ApiError } from '@shared/api/problem'
import { computed, ref, shallowRef } from 'vue'
import { asProblem } from './use-action'

export function useLoad<Value>(read: () => Promise<Value>) {
  const value = shallowRef<Value | null>(null)
  const problem = shallowRef<ApiError | null>(null)
  const busy = ref(false)

  async function load() {
    busy.value = true
    problem.value = null
    try {
      value.value = await read()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      busy.value = false
    }
  }

  return { value, problem, busy, load }
}

export type Pages = Pick<ReturnType<typeof usePages>, 'busy' | 'problem' | 'isComplete' | 'more'>

/** A list that is read a page at a time. */
export function usePages<Item>(read: (cursor: Cursor | null) => Promise<Page<Item>>) {
  const items = shallowRef<Item[]>([])
  const next = ref<Cursor | null>(null)
  const page = useLoad(() => read(next.value))
  const started = ref(false)

  async function more() {
    if (page.busy.value) return
    await page.load()
    if (page.problem.value || !page.value.value) return
    items.value = [...items.value, ...page.value.value.items]
    next.value = page.value.value.next
    started.value = true
  }

  async function restart() {
    items.value = []
    next.value = null
    started.value = false
    await more()
  }

  return {
    items,
    more,
    restart,
    busy: page.busy,
    problem: page.problem,
    isEmpty: computed(() => started.value && items.value.length === 0),
    isComplete: computed(() => started.value && next.value === null),
  }
}
