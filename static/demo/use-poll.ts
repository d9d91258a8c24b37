/** Reads something again and again while the page is looked at. */

import { onBeforeUnmount, onMounted } from 'vue'

export function usePoll(read: () => Promise<void>, every: number): void {
  let timer = 0
  let isMounted = true

  async function round(): Promise<void> {
    if (document.visibilityState === 'visible') await read()
    if (isMounted) timer = window.setTimeout(round, every)
  }

  onMounted(round)
  onBeforeUnmount(() => {
    isMounted = false
    window.clearTimeout(timer)
  })
}
