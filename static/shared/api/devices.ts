/** The phones that a holder has linked, and the credentials that they make codes from without a network. */

import type { PublicJwk } from '@shared/device'
import type { Client } from './client'
import type { LinkedDevice, IssuedCredentials, NewDevice, SmsCodeSent } from './types'

export function devicesApi(client: Client) {
  const root = '/api/v1/me'
  return {
    /** A one-time code to the phone on record: a session that was left open somewhere links nothing. */
    requestStepUp: (key: string) =>
      client.request<SmsCodeSent>('POST', `${root}/step-up/sms-codes`, { body: {}, key }),

    devices: () => client.request<{ items: LinkedDevice[] }>('GET', `${root}/devices`),

    linkDevice: (
      device: { label: string; public_key: PublicJwk; proof: string; sms_code: string },
      key: string,
    ) => client.request<NewDevice>('POST', `${root}/devices`, { body: device, key }),

    unlinkDevice: (id: string, key: string) =>
      client.request<LinkedDevice>('DELETE', `${root}/devices/${id}`, { key }),

    /** `request` is a JWS by the device's key. */
    credentials: (id: string, request: string, key: string) =>
      client.request<IssuedCredentials>('POST', `${root}/devices/${id}/credentials`, {
        body: { request },
        key,
      }),

    serverTime: () =>
      client.request<{ epoch_ms: number }>('GET', '/api/v1/public/server-time', {
        anonymous: true,
        timeout: 8_000,
      }),
  }
}
