/** What a unit's administrator does with the unit's verifiers. */

import type { Client } from './client'
import type { Cursor, Enrolment, Page, Preset, Verifier } from './types'

export function unitApi(client: Client) {
  const root = '/api/v1/unit/verifiers'
  return {
    verifiers: (cursor: Cursor | null) => client.request<Page<Verifier>>('GET', root, { query: { cursor } }),

    add: (label: string, preset: Preset, key: string) =>
      client.request<Verifier & Enrolment>('POST', root, { body: { label, preset }, key }),

    renew: (id: Verifier['id'], key: string) =>
      client.request<Enrolment>('POST', `${root}/${id}/enrolment-code`, { body: {}, key }),

    disable: (id: Verifier['id'], key: string) => client.request<void>('DELETE', `${root}/${id}`, { key }),
  }
}
