/** The page works without a network; a new version waits until the person at the window has time for it. */

import { ref } from 'vue'
import { registerSW } from 'virtual:pwa-register'

const HOUR = 3_600_000

export function useNewVersion() {
  const isNewVersion = ref(false)
  const apply = registerSW({
    immediate: true,
    onNeedRefresh: () => (isNewVersion.value = true),
    // A desk is never closed, so nothing else would make it look.
    onRegisteredSW: (_, registration) =>
      void setInterval(() => void registration?.update().catch(() => undefined), HOUR),
  })
  return { isNewVersion, reload: () => void apply(true) }
}
