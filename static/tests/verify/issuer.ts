/** A small issuer for tests: makes root, key set, lists, manifests and codes, each open to one chosen defect. */

import { base64url, concat, fromHex, sha256, utf8, type Bytes } from '@shared/verify/bytes'
import { encodeBytes, encodeUnsigned } from '@shared/verify/cbor-writer'
import { signatureInput, writeSign1 } from '@shared/verify/cose'
import { fromBytes } from '@shared/verify/digits'
import { keyId, sealingKeyId } from '@shared/verify/jwk'
import { encode } from '@shared/verify/revoked-list'
import type { TrustFiles } from '@shared/verify/trust'

export const NOW = 1_795_400_000
export const ISSUER = 'https://ecard.guangzhou.example'
export const SIZE = 1024
const WEEK = 604_800
export const SHARD = Math.floor(NOW / WEEK)
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

interface TestKey {
  readonly kid: string
  readonly pair: CryptoKeyPair
  readonly jwk: { kty: string; crv: string; x: string; y: string; kid: string }
}

export interface CodeOptions {
  issuedAt?: number
  expiresAt?: number
  index?: number
  scene?: number
  tokenId?: Bytes
  /** Encoded CBOR items. */
  attributes?: readonly Bytes[]
}

export interface CredentialOptions extends CodeOptions {
  x?: Bytes
  isOdd?: boolean
}

export interface MaterialOptions {
  version?: number
  issuedAt?: number
  expiresAt?: number
  keysVersion?: number
  keysIssuedAt?: number
  keysExpiresAt?: number
  /** The issuer's first changes, in order: index and new value. */
  changes?: readonly Change[]
  /** What the manifest says of the number of indices. */
  size?: number
  /** Members that the keys have beside their own. */
  codeKey?: object
  listKey?: object
}

export type Change = readonly [index: number, revoked: boolean]

export class TestIssuer {
  private readonly signed = new Map<string, Promise<string>>()

  private constructor(
    readonly rootKey: TestKey,
    readonly codeKey: TestKey,
    readonly listKey: TestKey,
    readonly sealKey: object,
  ) {}

  static async create(): Promise<TestIssuer> {
    return new TestIssuer(await makeKey(), await makeKey(), await makeKey(), await makeSealKey())
  }

  static of(rootKey: TestKey, codeKey: TestKey, listKey: TestKey, sealKey: object): TestIssuer {
    return new TestIssuer(rootKey, codeKey, listKey, sealKey)
  }

  get rootFile(): string {
    return JSON.stringify({ issuer: ISSUER, threshold: 1, keys: [this.rootKey.jwk] })
  }

  async material(options: MaterialOptions = {}): Promise<TrustFiles> {
    const { issuedAt = NOW, version = 1, changes = [], size = SIZE } = options
    const keys = await this.keySet(options)
    const list = listAfter(changes)
    const manifest = {
      version,
      iat: issuedAt,
      exp: options.expiresAt ?? issuedAt + WEEK,
      keys: { version: options.keysVersion ?? 1, sha256: await sha256(utf8(keys)) },
      size,
      shards: { [SHARD]: { changes: changes.length, sha256: await sha256(list) } },
    }
    return {
      root: this.rootFile,
      keys,
      manifest: await sign(this.listKey, 'ecard-manifest+jws', manifest),
      lists: new Map([[SHARD, list]]),
    }
  }

  keySet(options: MaterialOptions): Promise<string> {
    const window = { alg: 'ES256', use: 'sig', nbf: NOW - 10 * WEEK, exp: NOW + 10 * WEEK }
    const payload = {
      iss: ISSUER,
      version: options.keysVersion ?? 1,
      iat: options.keysIssuedAt ?? NOW - WEEK,
      exp: options.keysExpiresAt ?? NOW + 10 * WEEK,
      keys: [
        { ...this.codeKey.jwk, ...window, purpose: 'code', ...options.codeKey },
        { ...this.listKey.jwk, ...window, purpose: 'list', ...options.listKey },
        { ...this.sealKey, nbf: NOW - 10 * WEEK, exp: NOW + 10 * WEEK },
        { kty: 'AKP', purpose: 'something later' },
      ],
      scenes: [
        { id: 1, name: 'identity', attributes: [] },
        { id: 2, name: 'transit', attributes: ['concession', 'pseudonym'] },
        { id: 3, name: 'medical', attributes: ['sealed'] },
      ],
    }
    return this.once(payload, async () => {
      const [header, body, signature] = (await sign(this.rootKey, 'ecard-keys+jws', payload)).split('.')
      return JSON.stringify({ payload: body, signatures: [{ protected: header, signature }] })
    })
  }

  async digits(options: CodeOptions = {}): Promise<string> {
    return `351${fromBytes(await this.cwt(options))}`
  }

  async cwt(options: CodeOptions = {}): Promise<Bytes> {
    const { issuedAt = NOW, expiresAt = issuedAt + 60 } = options
    const { tokenId = crypto.getRandomValues(new Uint8Array(8)) } = options
    return this.issue({ ...options, issuedAt, expiresAt }, concat(Uint8Array.of(0x07), encodeBytes(tokenId)))
  }

  /** A credential over a phone's key; `holder` changes the bytes of the confirmation. */
  async credential(phone: CryptoKey, options: CredentialOptions = {}): Promise<Bytes> {
    const { issuedAt = NOW - 600, expiresAt = issuedAt + 86_400 } = options
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', phone))
    const { x = raw.slice(1, 33), isOdd = ((raw[64] ?? 0) & 1) === 1 } = options
    const key = concat(
      Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01, 0x21),
      encodeBytes(x),
      Uint8Array.of(0x22, isOdd ? 0xf5 : 0xf4),
    )
    return this.issue({ ...options, issuedAt, expiresAt }, concat(Uint8Array.of(0x08, 0xa1, 0x01), key))
  }

  private async issue(
    options: CodeOptions & { issuedAt: number; expiresAt: number },
    own: Bytes,
  ): Promise<Bytes> {
    const { issuedAt, expiresAt, index = 7, scene = 1 } = options
    const header = concat(
      Uint8Array.of(0xa2, 0x01, 0x26, 0x04),
      encodeBytes(fromHex(this.codeKey.kid) ?? new Uint8Array()),
    )
    const card = concat(
      Uint8Array.of(0x3a, 0, 1, 0, 0, 0x82 + (options.attributes?.length ?? 0)),
      encodeUnsigned(scene),
      encodeUnsigned(index),
      ...(options.attributes ?? []),
    )
    const times = concat(
      Uint8Array.of(0xa4, 0x04),
      encodeUnsigned(expiresAt),
      Uint8Array.of(0x06),
      encodeUnsigned(issuedAt),
    )
    const payload = concat(times, own, card)
    return writeSign1(header, payload, await signBytes(this.codeKey, signatureInput(header, payload)))
  }

  jwt(options: CodeOptions = {}): Promise<string> {
    const { issuedAt = NOW, expiresAt = issuedAt + 60, index = 7 } = options
    const uri = `${ISSUER}/trust/status/${Math.floor(expiresAt / WEEK)}`
    return sign(this.codeKey, 'ecard+jwt', {
      iss: ISSUER,
      iat: issuedAt,
      exp: expiresAt,
      jti: base64url(options.tokenId ?? crypto.getRandomValues(new Uint8Array(8))),
      scene: 'identity',
      status: { status_list: { idx: index, uri } },
    })
  }

  /** A signature differs each time it is made; a server signs the same content once and serves it again. */
  private once(content: object, make: () => Promise<string>): Promise<string> {
    const name = JSON.stringify(content)
    const made = this.signed.get(name) ?? make()
    this.signed.set(name, made)
    return made
  }
}

/** The list after these changes. */
export function listAfter(changes: readonly Change[]): Bytes {
  const values = new Map(changes)
  const revoked = [...values.keys()].filter(index => values.get(index))
  return encode(Uint32Array.from(revoked).sort())
}

/** The changes as they are served. */
export const words = (changes: readonly Change[]): Bytes =>
  concat(...changes.map(([index, revoked]) => word(revoked ? index + 2 ** 31 : index)))

async function sign(key: TestKey, typ: string, payload: object): Promise<string> {
  const header = { alg: 'ES256', kid: key.kid, typ }
  const input = [header, payload].map(part => base64url(utf8(JSON.stringify(part)))).join('.')
  return `${input}.${base64url(await signBytes(key, utf8(input)))}`
}

async function signBytes({ pair }: TestKey, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, bytes))
}

async function makeKey(): Promise<TestKey> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const kid = await keyId(x, y)
  return { kid, pair, jwk: { kty: 'EC', crv: 'P-256', x, y, kid } }
}

async function makeSealKey(): Promise<object> {
  const x = crypto.getRandomValues(new Uint8Array(32))
  const kid = await sealingKeyId(x)
  const purpose = { alg: 'HPKE-3', use: 'enc', purpose: 'seal', scene: 'medical' }
  return { kty: 'OKP', crv: 'X25519', x: base64url(x), kid, ...purpose }
}

function word(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
