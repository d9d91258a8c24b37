/** What staff at a counter, on the phone or in the agency do with somebody's card (Art. 6, 16, 21, 22, 26). */

import type { Client } from './client'
import type {
  CancellationReason,
  CardLookup,
  CounterCard,
  Cursor,
  Established,
  LookupPurpose,
  Page,
  Proposal,
} from './types'

type Id = number | string

export function counterApi(client: Client) {
  const root = '/api/v1/counter'
  const decide = (id: Id, decision: 'confirmation' | 'rejection', key: string) =>
    client.request<Proposal>('POST', `${root}/cancellation-proposals/${id}/${decision}`, { body: {}, key })
  return {
    lookUp: (document_number: string, purpose: LookupPurpose | null, key: string) =>
      client.request<CardLookup>('POST', `${root}/card-lookups`, { body: { document_number, purpose }, key }),

    reportLoss: (card: Id, established: Established, key: string) =>
      client.request<CounterCard>('POST', `${root}/cards/${card}/loss-report`, { body: established, key }),

    withdrawLossReport: (card: Id, established: Established, key: string) =>
      client.request<CounterCard>('POST', `${root}/cards/${card}/loss-report-withdrawal`, {
        body: established,
        key,
      }),

    proposeCancellation: (card: Id, reason: CancellationReason, note: string, key: string) =>
      client.request<Proposal>('POST', `${root}/cards/${card}/cancellation-proposals`, {
        body: { reason, note },
        key,
      }),

    proposals: (state: 'open' | 'all', cursor: Cursor | null) =>
      client.request<Page<Proposal>>('GET', `${root}/cancellation-proposals`, { query: { state, cursor } }),

    confirm: (proposal: Id, key: string) => decide(proposal, 'confirmation', key),
    reject: (proposal: Id, key: string) => decide(proposal, 'rejection', key),
  }
}
