/** A small issuer for tests: makes root, key set, lists, manifests and codes, each open to one chosen defect. */

import { deflateSync } from 'node:zlib'
import { base64url, concat, sha256, utf8, type Bytes } from '@shared/verify/bytes'
import { encodeBytes } from '@shared/verify/cbor'
import { fromBytes } from '@shared/verify/digits'
import { keyId } from '@shared/verify/keys'
import type { TrustFiles } from '@shared/verify/trust'
import type { ShardFiles } from '@shared/verify/status-list'

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
}

export interface MaterialOptions {
  version?: number
  issuedAt?: number
  expiresAt?: number
  keysVersion?: number
  keysExpiresAt?: number
  revoked?: readonly number[]
  /** What the manifest says of the list's size. */
  size?: number
  changes?: readonly (readonly [index: number, revoked: boolean])[]
}

export class TestIssuer {
  private readonly signed = new Map<string, Promise<string>>()

  private constructor(
    readonly rootKey: TestKey,
    readonly codeKey: TestKey,
    readonly listKey: TestKey,
  ) {}

  static async create(): Promise<TestIssuer> {
    return new TestIssuer(await makeKey(), await makeKey(), await makeKey())
  }

  get rootFile(): string {
    return JSON.stringify({ issuer: ISSUER, threshold: 1, keys: [this.rootKey.jwk] })
  }

  async material(options: MaterialOptions = {}): Promise<TrustFiles> {
    const { issuedAt = NOW, version = 1 } = options
    const keys = await this.keySet(options)
    const shard: ShardFiles = {
      snapshot: await this.snapshot(options.revoked ?? []),
      delta: delta(options.changes ?? []),
    }
    const manifest = {
      iss: ISSUER,
      version,
      iat: issuedAt,
      exp: options.expiresAt ?? issuedAt + WEEK,
      keys: { version: options.keysVersion ?? 1, sha256: await sha256(utf8(keys)) },
      shards: { [SHARD]: await pin(shard, options.size) },
    }
    return {
      root: this.rootFile,
      keys,
      manifest: await sign(this.listKey, 'ecard-manifest+jws', manifest),
      shards: new Map([[SHARD, shard]]),
    }
  }

  keySet({ keysVersion = 1, keysExpiresAt = NOW + 10 * WEEK }: MaterialOptions): Promise<string> {
    const window = { alg: 'ES256', use: 'sig', nbf: NOW - 10 * WEEK, exp: NOW + 10 * WEEK }
    const payload = {
      iss: ISSUER,
      version: keysVersion,
      iat: NOW - WEEK,
      exp: keysExpiresAt,
      keys: [
        { ...this.codeKey.jwk, ...window, purpose: 'code' },
        { ...this.listKey.jwk, ...window, purpose: 'list' },
      ],
      scenes: [
        { id: 1, name: 'identity', attributes: [] },
        { id: 2, name: 'transit', attributes: ['concession', 'pseudonym'] },
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
    const { issuedAt = NOW, expiresAt = issuedAt + 60, index = 7, scene = 1 } = options
    const { tokenId = crypto.getRandomValues(new Uint8Array(8)) } = options
    const header = concat(Uint8Array.of(0xa2, 0x01, 0x26, 0x04), encodeBytes(fromHex(this.codeKey.kid)))
    const card = concat(Uint8Array.of(0x3a, 0, 1, 0, 0, 0x82), unsigned(scene), unsigned(index))
    const payload = concat(
      concat(Uint8Array.of(0xa4, 0x04), unsigned(expiresAt), Uint8Array.of(0x06), unsigned(issuedAt)),
      concat(Uint8Array.of(0x07), encodeBytes(tokenId), card),
    )
    const context = concat(Uint8Array.of(0x84, 0x6a), utf8('Signature1'))
    const signed = concat(context, encodeBytes(header), Uint8Array.of(0x40), encodeBytes(payload))
    const signature = await signBytes(this.codeKey, signed)
    const parts = [encodeBytes(header), Uint8Array.of(0xa0), encodeBytes(payload), encodeBytes(signature)]
    return concat(Uint8Array.of(0xd2, 0x84), ...parts)
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

  snapshot(revoked: readonly number[]): Promise<string> {
    const bitmap = new Uint8Array(SIZE / 8)
    for (const index of revoked) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7))
    const lst = base64url(new Uint8Array(deflateSync(bitmap)))
    const status_list = { bits: 1, lst }
    const sub = `${ISSUER}/trust/status/${SHARD}`
    const payload = { sub, iat: NOW - 60, exp: NOW + WEEK, ttl: 3600, status_list }
    return this.once(payload, () => sign(this.listKey, 'statuslist+jwt', payload))
  }

  /** A signature differs each time it is made; a server signs the same content once and serves it again. */
  private once(content: object, make: () => Promise<string>): Promise<string> {
    const name = JSON.stringify(content)
    const made = this.signed.get(name) ?? make()
    this.signed.set(name, made)
    return made
  }
}

export function delta(changes: readonly (readonly [number, boolean])[]): Bytes {
  return concat(...changes.map(([index, revoked]) => word(revoked ? index + 2 ** 31 : index)))
}

async function pin({ snapshot, delta: changes }: ShardFiles, size = SIZE): Promise<object> {
  const hashes = { snapshot: await sha256(utf8(snapshot)), delta: await sha256(changes) }
  return { size, ...hashes, length: changes.length }
}

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

function unsigned(value: number): Bytes {
  if (value < 24) return Uint8Array.of(value)
  if (value < 256) return Uint8Array.of(0x18, value)
  if (value < 65_536) return Uint8Array.of(0x19, value >> 8, value & 0xff)
  return concat(Uint8Array.of(0x1a), word(value))
}

function word(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

const fromHex = (text: string): Bytes =>
  Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
