/** Has this phone entered among the holder's: a new key, a proof that it is here, and a code from a text message. */

import type { devicesApi } from '@shared/api/devices'
import { ApiError } from '@shared/api/problem'
import type { IssuerClock } from './clock'
import { onTime } from './on-time'
import { newKey, proveKey } from './requests'

export type EnrolmentApi = Pick<ReturnType<typeof devicesApi>, 'linkDevice'>

interface Prepared {
  readonly name: string
  readonly key: CryptoKey
  readonly request: Parameters<EnrolmentApi['linkDevice']>[0]
}

export class Enrolment {
  /** The very same request is sent again when an answer was lost: the code works once, and may have been used by it. */
  private prepared: Prepared | null = null

  constructor(
    private readonly api: EnrolmentApi,
    private readonly clock: IssuerClock,
  ) {}

  enrol(label: string, smsCode: string, idempotency: string) {
    return onTime(this.clock, () => this.send(label, smsCode, idempotency))
  }

  private async send(label: string, smsCode: string, idempotency: string) {
    const { key, request } = (this.prepared = await this.prepare(label, smsCode))
    try {
      const device = await this.api.linkDevice(request, idempotency)
      this.prepared = null
      return { device, key }
    } catch (error) {
      if (!(error instanceof ApiError && error.isUncertain)) this.prepared = null
      throw error
    }
  }

  private async prepare(label: string, smsCode: string): Promise<Prepared> {
    const name = JSON.stringify([label, smsCode])
    if (this.prepared?.name === name) return this.prepared
    const { privateKey, publicKey } = await newKey()
    const proof = await proveKey(privateKey, this.clock.now())
    return { name, key: privateKey, request: { label, public_key: publicKey, proof, sms_code: smsCode } }
  }
}
