/** The page itself works without a network; a new version takes over the next time the app is opened. */

import { registerSW } from 'virtual:pwa-register'

export function keepOffline(): void {
  registerSW({ immediate: true })
}
