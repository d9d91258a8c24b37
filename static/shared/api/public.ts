/** What everybody may read without signing in (Art. 6, 18). */

import type { Client } from './client'
import type { Page, PublicBank } from './types'

export function publicApi(client: Client) {
  return {
    banks: () => client.request<Pick<Page<PublicBank>, 'items'>>('GET', '/api/v1/public/banks'),
  }
}
