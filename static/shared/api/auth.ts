/** Signing in, as a citizen by phone, as staff by password and one-time code. */

import type { Client } from './client'
import type { Session, SmsCodeSent } from './types'

export function authApi(client: Client) {
  const root = '/api/v1/auth'
  return {
    requestSmsCode: (phone: string, key: string) =>
      client.request<SmsCodeSent>('POST', `${root}/sms-codes`, { body: { phone }, key, anonymous: true }),

    signIn: (phone: string, code: string, key: string) =>
      client.request<{ session: Session }>('POST', `${root}/sessions`, {
        body: { phone, code, delivery: 'cookie' },
        key,
        anonymous: true,
      }),

    signInStaff: (username: string, password: string, totp: string, key: string) =>
      client.request<{ session: Session }>('POST', `${root}/staff-sessions`, {
        body: { username, password, totp, delivery: 'cookie' },
        key,
        anonymous: true,
      }),

    session: () => client.request<Session>('GET', `${root}/session`),
    signOut: () => client.request<void>('DELETE', `${root}/session`),
  }
}
