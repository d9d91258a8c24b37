/** What a holder does with the own card. */

import type { Client } from './client'
import type { Card, Code, Cursor, Page, TimelineItem } from './types'

export function citizenApi(client: Client) {
  const root = '/api/v1/me'
  return {
    bind: (document_number: string, name: string, key: string) =>
      client.request<unknown>('POST', `${root}/binding`, { body: { document_number, name }, key }),

    card: ({ reveal = false } = {}) =>
      client.request<Card>('GET', `${root}/card`, { query: { reveal: reveal || null } }),

    timeline: (cursor: Cursor | null, limit = 20) =>
      client.request<Page<TimelineItem>>('GET', `${root}/card/timeline`, { query: { cursor, limit } }),

    reportLoss: (key: string) => client.request<Card>('POST', `${root}/card/loss-report`, { body: {}, key }),

    requestReplacement: (key: string) =>
      client.request<Card>('POST', `${root}/card/replacement-request`, { body: {}, key }),

    /** A code lives a minute, so a request that takes longer than a few seconds is better asked again. */
    code: (scene: string, key: string, signal?: AbortSignal) =>
      client.request<Code>('POST', '/api/v1/codes', {
        body: { scene, form: 'digits' },
        key,
        timeout: 8_000,
        ...(signal ? { signal } : {}),
      }),
  }
}
