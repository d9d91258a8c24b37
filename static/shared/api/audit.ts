/** What an auditor reads. */

import type { Client } from './client'
import type { AuditEntry, AuditVerification, Cursor, Page } from './types'

export function auditApi(client: Client) {
  return {
    entries: (cursor: Cursor | null, limit = 50) =>
      client.request<Page<AuditEntry>>('GET', '/api/v1/audit/entries', { query: { cursor, limit } }),

    /** Recomputes the whole chain on the server, so it may take its time. */
    verify: () =>
      client.request<AuditVerification>('GET', '/api/v1/audit/verification', { timeout: 120_000 }),
  }
}
