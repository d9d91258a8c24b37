/** The demo's helpers: invented people, their text messages, their one-time codes. Absent (404) outside the demo. */

import type { Client } from './client'
import { ApiError } from './problem'
import type { InboxMessage, Persona } from './types'

export function demoApi(client: Client) {
  return {
    /** Whether this server is a demo; null while it cannot be asked. */
    isDemo: (): Promise<boolean | null> =>
      client.request<{ demo: boolean }>('GET', '/demo/api/mode', { anonymous: true }).then(
        mode => mode.demo,
        (error: unknown) => (error instanceof ApiError && error.status > 0 ? false : null),
      ),

    personas: () => client.request<{ items: Persona[] }>('GET', '/demo/api/personas', { anonymous: true }),

    inbox: (phone: string | null = null) =>
      client.request<{ items: InboxMessage[] }>('GET', '/demo/api/inbox', {
        query: { phone },
        anonymous: true,
      }),
  }
}
